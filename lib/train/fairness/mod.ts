/**
 * Fairness objectives: functions from tensors to a scalar, and terms that join them to a training.
 *
 * @module
 */
export * from "./attribute_head.ts";
export * from "./balanced_class_weights.ts";
export * from "./combine.ts";
export * from "./coral.ts";
export * from "./counterfactual.ts";
export * from "./cross_entropy.ts";
export * from "./distillation.ts";
export * from "./focal_loss.ts";
export * from "./gradient_scaling.ts";
export * from "./group_dro.ts";
export * from "./group_means.ts";
export * from "./hsic.ts";
export * from "./mmd.ts";
export * from "./moving_means.ts";
export * from "./parity.ts";
export * from "./soft_decision.ts";
export * from "./spread.ts";
export * from "./squared_correlation.ts";
export * from "./term.ts";
export * from "./terms/adversary.ts";
export * from "./terms/base_distillation.ts";
export { counterfactual, type CounterfactualOptions } from "./terms/counterfactual.ts";
export * from "./terms/distribution.ts";
export * from "./terms/parity.ts";
export * from "./terms/worst_group.ts";
export * from "./wasserstein.ts";
export * from "./weighted_mean.ts";
