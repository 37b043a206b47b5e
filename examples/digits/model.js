import { readFileSync, renameSync, writeFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import { PIXELS } from "./data.js";

const CLASSES = 10;

/** @typedef {{ loss: number, accuracy: number, predictions: Int32Array }} Scores */

/** Picks the WebAssembly backend. One thread, because the order of additions must not depend on the machine. */
export async function startBackend() {
  setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
}

/**
 * A classifier with one hidden layer, trained by gradient descent with momentum. All of its state is in the eight
 * tensors that {@link Classifier.save} writes, so a loop that loads them goes on bit for bit.
 */
export class Classifier {
  /** @type {Record<string, tf.Variable>} */
  #weights;
  /** @type {Record<string, tf.Variable>} */
  #velocities;

  /**
   * @param {object} options
   * @param {number} options.hidden Units of the hidden layer.
   * @param {() => number} options.random Draws the first weights.
   */
  constructor({ hidden, random }) {
    this.hidden = hidden;
    this.#weights = {
      hiddenKernel: drawKernel(PIXELS, hidden, random),
      hiddenBias: tf.variable(tf.zeros([hidden])),
      outputKernel: drawKernel(hidden, CLASSES, random),
      outputBias: tf.variable(tf.zeros([CLASSES])),
    };
    this.#velocities = mapValues(this.#weights, (weight) => tf.variable(tf.zerosLike(weight)));
  }

  /**
   * Takes one step of gradient descent.
   *
   * @param {{ inputs: Float32Array, labels: Int32Array }} batch
   * @param {{ learningRate: number, momentum: number }} options
   * @returns {{ loss: number, accuracy: number }} As they were before the step.
   */
  train(batch, { learningRate, momentum }) {
    return tf.tidy(() => {
      const inputs = tf.tensor2d(batch.inputs, [batch.labels.length, PIXELS]);
      let accuracy = 0;
      const { value, grads } = tf.variableGrads(() => {
        const logits = this.#forward(inputs);
        accuracy = shareOfHits(logits.argMax(1).dataSync(), batch.labels);
        return meanLoss(logits, batch.labels);
      }, Object.values(this.#weights));
      for (const [name, weight] of Object.entries(this.#weights)) {
        const velocity = this.#velocities[name];
        velocity.assign(velocity.mul(momentum).add(grads[weight.name]));
        weight.assign(weight.sub(velocity.mul(learningRate)));
      }
      return { loss: value.dataSync()[0], accuracy };
    });
  }

  /**
   * Scores the classifier on images it was not trained on.
   *
   * @param {{ inputs: Float32Array, labels: Int32Array }} batch
   * @returns {Scores}
   */
  evaluate(batch) {
    return tf.tidy(() => {
      const logits = this.#forward(tf.tensor2d(batch.inputs, [batch.labels.length, PIXELS]));
      const predictions = /** @type {Int32Array} */ (logits.argMax(1).dataSync());
      const loss = meanLoss(logits, batch.labels).dataSync()[0];
      return { loss, accuracy: shareOfHits(predictions, batch.labels), predictions };
    });
  }

  /** @returns {Float32Array} What each hidden unit looks for: `hidden` images of {@link PIXELS} values. */
  hiddenFilters() {
    return tf.tidy(() => /** @type {Float32Array} */ (this.#weights.hiddenKernel.transpose().dataSync()));
  }

  /**
   * Writes weights and velocities as a safetensors file. It is written beside and renamed, so that a reader never
   * meets half of it.
   *
   * @param {string} path
   */
  save(path) {
    let offset = 0;
    /** @type {Record<string, object>} */
    const header = {};
    const parts = [];
    for (const [name, tensor] of this.#state()) {
      const bytes = Buffer.from(tensor.dataSync().slice().buffer);
      header[name] = { dtype: "F32", shape: tensor.shape, data_offsets: [offset, offset + bytes.length] };
      offset += bytes.length;
      parts.push(bytes);
    }
    const json = JSON.stringify(header);
    const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(`${path}.tmp`, Buffer.concat([length, text, ...parts]));
    renameSync(`${path}.tmp`, path);
  }

  /**
   * Reads back what {@link Classifier.save} wrote.
   *
   * @param {string} path
   */
  load(path) {
    const file = readFileSync(path);
    const start = 8 + Number(file.readBigUInt64LE(0));
    const header = JSON.parse(file.toString("utf8", 8, start));
    for (const [name, tensor] of this.#state()) {
      const [from, to] = header[name].data_offsets;
      const values = new Float32Array(Uint8Array.from(file.subarray(start + from, start + to)).buffer);
      tf.tidy(() => tensor.assign(tf.tensor(values, header[name].shape)));
    }
  }

  /** @param {tf.Tensor} inputs */
  #forward(inputs) {
    const { hiddenKernel, hiddenBias, outputKernel, outputBias } = this.#weights;
    return inputs.matMul(hiddenKernel).add(hiddenBias).relu().matMul(outputKernel).add(outputBias);
  }

  /** Every tensor of the state, by the name it has in the file. */
  #state() {
    return Object.entries({
      ...this.#weights,
      ...Object.fromEntries(Object.entries(this.#velocities).map(([name, tensor]) => [`${name}.velocity`, tensor])),
    });
  }
}

/** Drawn from a normal distribution whose width suits rectified units (He and others, 2015). */
function drawKernel(/** @type {number} */ inputs, /** @type {number} */ outputs, /** @type {() => number} */ random) {
  const draw = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const values = Float32Array.from({ length: inputs * outputs }, () => draw() * Math.sqrt(2 / inputs));
  return tf.variable(tf.tensor2d(values, [inputs, outputs]));
}

/** @returns {tf.Scalar} The cross entropy, on average over a batch. */
function meanLoss(/** @type {tf.Tensor} */ logits, /** @type {Int32Array} */ labels) {
  const wanted = tf.oneHot(tf.tensor1d(labels, "int32"), CLASSES).toFloat();
  return wanted.mul(logits.logSoftmax()).sum(1).mean().mul(-1);
}

function shareOfHits(/** @type {ArrayLike<number>} */ predictions, /** @type {Int32Array} */ labels) {
  return labels.reduce((hits, label, row) => hits + (predictions[row] === label ? 1 : 0), 0) / labels.length;
}

/**
 * @template From, To
 * @param {Record<string, From>} record
 * @param {(value: From) => To} change
 * @returns {Record<string, To>}
 */
function mapValues(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
