/** What kind of quantity a name speaks of; decides where its chart stands and which direction is better. */
export type QuantityClass = "loss" | "score" | "optimizer" | "other" | "system";

const LOSS = words("loss|nll|perplexity|ppl|bpc|bpb|error|err|mse|rmse|mae|mape|wer|cer|fid|elbo|kl|divergence");
const SCORE = words(
  "acc|accuracy|top1|top5|f1|auc|auroc|auprc|ap|map|ap50|map50|precision|recall|iou|miou|dice|bleu|rouge|meteor|score|reward|return|psnr|ssim|r2|mrr|ndcg",
);
const OPTIMIZER = words(
  "lr|grad|gradient|norm|momentum|beta|throughput|speed|samples|tokens|epoch|time|seconds|eta|scale",
);

/** Classifies a quantity by the words of its last segment, or of any segment for the machine's own metrics. */
export function classifyQuantity(quantity: string): QuantityClass {
  const segments = quantity.toLowerCase().split("/");
  if (segments.length > 1 && (segments[0] === "system" || segments[0] === "sys")) return "system";
  const leaf = splitWords(quantity.slice(quantity.lastIndexOf("/") + 1));
  if (leaf.includes("learning") && leaf.includes("rate")) return "optimizer";
  if (leaf.some((word) => LOSS.has(word))) return "loss";
  if (leaf.some((word) => SCORE.has(word))) return "score";
  if (leaf.some((word) => OPTIMIZER.has(word))) return "optimizer";
  return "other";
}

/** Which way is better, as far as the name tells. */
export function betterDirection(quantity: string): "min" | "max" | null {
  switch (classifyQuantity(quantity)) {
    case "loss":
      return "min";
    case "score":
      return "max";
    default:
      return null;
  }
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split("|"));
}

/** `valLoss`, `val_loss` and `val.loss` are the words `val` and `loss`. */
function splitWords(leaf: string): string[] {
  return leaf
    .replace(/([a-z0-9])([A-Z])/gu, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/u)
    .filter((word) => word !== "");
}
