// A network with one hidden layer, or none, and softmax at its end; learns by stochastic gradient descent.

export const CLASSES = 10;

export function makeNetwork(inputs, hidden, random) {
  const sizes = hidden > 0 ? [inputs, hidden, CLASSES] : [inputs, CLASSES];
  return sizes.slice(1).map((outputs, index) => {
    const scale = Math.sqrt(6 / (sizes[index] + outputs));
    const weights = Array.from({ length: outputs * sizes[index] }, () => (2 * random() - 1) * scale);
    return { inputs: sizes[index], outputs, weights, biases: Array.from({ length: outputs }, () => 0) };
  });
}

/** Returns what every layer answers to a picture, the picture itself first; the last are probabilities. */
export function answer(layers, picture) {
  const values = [picture];
  for (const [depth, { inputs, outputs, weights, biases }] of layers.entries()) {
    const before = values[depth];
    const after = new Float64Array(outputs);
    for (let to = 0; to < outputs; to += 1) {
      let sum = biases[to];
      for (let from = 0; from < inputs; from += 1) sum += weights[to * inputs + from] * before[from];
      after[to] = depth === layers.length - 1 ? sum : Math.max(0, sum);
    }
    values.push(depth === layers.length - 1 ? softmax(after) : after);
  }
  return values;
}

/** Moves the weights a little towards the label, and returns the loss before that. */
export function learn(layers, picture, label, rate) {
  const values = answer(layers, picture);
  const probabilities = values[layers.length];
  let errors = probabilities.map((probability, digit) => probability - (digit === label ? 1 : 0));
  for (let depth = layers.length - 1; depth >= 0; depth -= 1) {
    const { inputs, outputs, weights, biases } = layers[depth];
    const before = values[depth];
    const earlier = new Float64Array(inputs);
    for (let to = 0; to < outputs; to += 1) {
      const step = rate * errors[to];
      biases[to] -= step;
      for (let from = 0; from < inputs; from += 1) {
        const at = to * inputs + from;
        earlier[from] += weights[at] * errors[to];
        weights[at] -= step * before[from];
      }
    }
    errors = earlier.map((error, from) => (before[from] > 0 ? error : 0));
  }
  return -Math.log(Math.max(probabilities[label], 1e-12));
}

/** Picture number `index`, as numbers in 0..1. */
export function pictureOf(digits, index) {
  const size = digits.side ** 2;
  return Float64Array.from(digits.pixels.subarray(index * size, (index + 1) * size), (ink) => ink / 255);
}

function softmax(values) {
  const highest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = values.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
