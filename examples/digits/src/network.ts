import { readFileSync, renameSync, writeFileSync } from "node:fs";

import * as tf from "@tensorflow/tfjs";
import { setThreadsCount } from "@tensorflow/tfjs-backend-wasm";

import { type Batch, CLASSES, PIXELS } from "./mnist.ts";
import { normalNumbers, seededRandom } from "./random.ts";

/**
 * Picks the WebAssembly backend, several times as fast as the plain JavaScript one. One thread, because the order of
 * additions, and with it the last digit, must not depend on the machine.
 */
export async function startBackend(): Promise<void> {
  setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
}

/** What a batch taught, or what was measured on it. */
export interface Score {
  readonly loss: number;
  readonly accuracy: number;
}

interface Layer {
  readonly variable: tf.Variable;
  readonly values: Float32Array;
  /** Adam's running mean and mean square of the gradient. */
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

const MEAN_DECAY = 0.9;
const SQUARE_DECAY = 0.999;
const EPSILON = 1e-8;

/**
 * A classifier with one hidden layer, trained by Adam.
 *
 * The optimiser is written out over plain arrays: its whole state goes into the checkpoint file, so a resumed run
 * continues bit for bit. (The one in tfjs recomputes its bias correction when it is restored, which differs in the
 * last digit.)
 */
export class Network {
  readonly #layers: readonly Layer[];
  readonly #learningRate: number;
  #updates = 0;

  constructor(hidden: number, learningRate: number, seed: number) {
    const random = seededRandom(seed);
    const layer = (shape: number[], values: Float32Array): Layer => ({
      variable: tf.variable(tf.tensor(values, shape)),
      values,
      mean: new Float32Array(values.length),
      square: new Float32Array(values.length),
    });
    this.#learningRate = learningRate;
    this.#layers = [
      layer([PIXELS, hidden], normalNumbers(PIXELS * hidden, Math.sqrt(2 / PIXELS), random)),
      layer([hidden], new Float32Array(hidden)),
      layer([hidden, CLASSES], normalNumbers(hidden * CLASSES, Math.sqrt(2 / hidden), random)),
      layer([CLASSES], new Float32Array(CLASSES)),
    ];
  }

  /** Learns from one batch. */
  train(batch: Batch): Score {
    let accuracy = 0;
    const { value, grads } = tf.tidy(() => {
      const images = tf.tensor2d(batch.pixels, [batch.count, PIXELS]);
      return tf.variableGrads(() => {
        const logits = this.#logits(images);
        accuracy = share(logits, batch.labels);
        return crossEntropy(logits, batch.labels);
      });
    });
    const loss = value.dataSync()[0] ?? Number.NaN;
    this.#updates++;
    for (const layer of this.#layers) {
      const gradient = grads[layer.variable.name];
      if (gradient !== undefined) this.#update(layer, gradient.dataSync() as Float32Array);
    }
    tf.dispose([value, ...Object.values(grads)]);
    return { loss, accuracy };
  }

  /** Measures without learning, and says which digit it saw in each image. */
  evaluate(batch: Batch): Score & { readonly predictions: Uint8Array } {
    return tf.tidy(() => {
      const logits = this.#logits(tf.tensor2d(batch.pixels, [batch.count, PIXELS]));
      return {
        loss: crossEntropy(logits, batch.labels).dataSync()[0] ?? Number.NaN,
        accuracy: share(logits, batch.labels),
        predictions: Uint8Array.from(logits.argMax(1).dataSync()),
      };
    });
  }

  /** Writes weights and optimiser state. The file appears whole or not at all: it is renamed into place. */
  save(path: string): void {
    const numbers = this.#layers.flatMap((layer) => [layer.values, layer.mean, layer.square]);
    const parts = [Float64Array.of(this.#updates), ...numbers];
    const bytes = parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    writeFileSync(`${path}.part`, Buffer.concat(bytes));
    renameSync(`${path}.part`, path);
  }

  /** Reads what {@link save} wrote. */
  load(path: string): void {
    const bytes = readFileSync(path);
    this.#updates = bytes.readDoubleLE(0);
    let offset = 8;
    for (const layer of this.#layers) {
      for (const part of [layer.values, layer.mean, layer.square]) {
        const length = part.byteLength;
        part.set(new Float32Array(bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + length)));
        offset += length;
      }
      assign(layer);
    }
    if (offset !== bytes.length) throw new Error(`${path} has ${bytes.length} bytes, this network needs ${offset}`);
  }

  #logits(images: tf.Tensor2D): tf.Tensor2D {
    const [inWeights, inBias, outWeights, outBias] = this.#layers.map((layer) => layer.variable);
    return images
      .matMul(inWeights as tf.Tensor2D)
      .add(inBias as tf.Tensor)
      .relu()
      .matMul(outWeights as tf.Tensor2D)
      .add(outBias as tf.Tensor) as tf.Tensor2D;
  }

  #update(layer: Layer, gradient: Float32Array): void {
    const { values, mean, square } = layer;
    const meanCorrection = 1 - MEAN_DECAY ** this.#updates;
    const squareCorrection = 1 - SQUARE_DECAY ** this.#updates;
    for (let index = 0; index < values.length; index++) {
      const slope = gradient[index] ?? 0;
      const newMean = MEAN_DECAY * (mean[index] ?? 0) + (1 - MEAN_DECAY) * slope;
      const newSquare = SQUARE_DECAY * (square[index] ?? 0) + (1 - SQUARE_DECAY) * slope * slope;
      mean[index] = newMean;
      square[index] = newSquare;
      const stepSize =
        (this.#learningRate * (newMean / meanCorrection)) / (Math.sqrt(newSquare / squareCorrection) + EPSILON);
      values[index] = (values[index] ?? 0) - stepSize;
    }
    assign(layer);
  }
}

function assign(layer: Layer): void {
  // A copy: tfjs keeps the array it is given, and ours changes with the next update.
  const fresh = tf.tensor(layer.values.slice(), layer.variable.shape);
  layer.variable.assign(fresh);
  fresh.dispose();
}

function crossEntropy(logits: tf.Tensor2D, labels: Uint8Array): tf.Scalar {
  const wanted = tf.oneHot(tf.tensor1d(Int32Array.from(labels), "int32"), CLASSES);
  return tf.losses.softmaxCrossEntropy(wanted, logits) as tf.Scalar;
}

function share(logits: tf.Tensor2D, labels: Uint8Array): number {
  const seen = logits.argMax(1).dataSync();
  return labels.reduce((right, label, row) => right + (label === seen[row] ? 1 : 0), 0) / labels.length;
}
