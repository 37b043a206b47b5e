export { bucketOf, bucketStart, chooseGrid, type BucketGrid } from "./buckets.ts";
export { PointList } from "./point-list.ts";
export { lowerBound, reduceRange } from "./reduce.ts";
export { createSmoother, smooth, type Smoother, type SmoothingKind } from "./smooth.ts";
