namespace MlOps.Core.Training;

/// <summary>
/// The parameters of the trainer <c>xgboost</c>, named and bounded as XGBoost 1.7 documents them (doc/parameter.rst): what a
/// pipeline may search and what the training program accepts.
/// </summary>
public static class XgboostParameters
{
    /// <summary>Name of the trainer.</summary>
    public const string Trainer = "xgboost";

    private static readonly TrainerParameter[] s_common =
    [
        TrainerParameter.Word("booster", "gbtree", "What is trained: boosted trees, a random forest, or a linear model.", "gbtree", "forest", "gblinear"),
        TrainerParameter.Whole("rounds", 1, 100_000, "100 (forest: 1)", "Boosting rounds at most."),
        TrainerParameter.Whole("early_stopping_rounds", 0, 100_000, "0", "Stop after so many rounds without a better validation metric and keep the best round; 0: never."),
        TrainerParameter.Number("eta", 0, 1, "0.3 (gblinear: 0.5, forest: 1)", "Learning rate: how much of each new tree is taken."),
        TrainerParameter.Number("lambda", 0, double.MaxValue, "1 (gblinear: 0)", "L2 regularization of the weights."),
        TrainerParameter.Number("alpha", 0, double.MaxValue, "0", "L1 regularization of the weights."),
        TrainerParameter.Number("scale_pos_weight", 0, double.MaxValue, "1", "Weight of the positive class; binary only."),
        TrainerParameter.Word("objective", "by task", "What is minimized: binary:logistic for two classes, multi:softprob for more, reg:squarederror or another for numbers.",
            "binary:logistic", "multi:softprob", "reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:gamma", "reg:tweedie", "count:poisson"),
        TrainerParameter.Number("base_score", double.MinValue, double.MaxValue, "the label's mean; multiclass: 0.5", "Where every prediction starts, before the first round."),
        TrainerParameter.Number("huber_slope", 0, double.MaxValue, "1", "Slope of reg:pseudohubererror."),
        TrainerParameter.Number("tweedie_variance_power", 1, 2, "1.5", "Variance power of reg:tweedie, between 1 (Poisson) and 2 (gamma)."),
    ];

    private static readonly TrainerParameter[] s_tree =
    [
        TrainerParameter.Number("gamma", 0, double.MaxValue, "0", "Smallest loss reduction that justifies a split."),
        TrainerParameter.Whole("max_depth", 0, 64, "6", "Deepest tree; 0: no bound."),
        TrainerParameter.Number("min_child_weight", 0, double.MaxValue, "1", "Smallest sum of instance weight (hessian) in a leaf."),
        TrainerParameter.Number("max_delta_step", 0, double.MaxValue, "0", "Largest change of a leaf's value in one round; 0: no bound."),
        TrainerParameter.Number("subsample", 0.01, 1, "1 (forest: 0.8)", "Share of the rows drawn for each tree."),
        TrainerParameter.Number("colsample_bytree", 0.01, 1, "1", "Share of the columns drawn for each tree."),
        TrainerParameter.Number("colsample_bylevel", 0.01, 1, "1", "Share of the columns drawn for each level."),
        TrainerParameter.Number("colsample_bynode", 0.01, 1, "1 (forest: 0.8)", "Share of the columns drawn for each split."),
        TrainerParameter.Word("tree_method", "hist", "How splits are found; gpu_hist needs XGBoost's CUDA build, before version 2.", "hist", "approx", "exact", "gpu_hist"),
        TrainerParameter.Word("device", "cpu", "Where trees are grown; for XGBoost's CUDA build from version 2 on.", "cpu", "cuda"),
        TrainerParameter.Word("grow_policy", "depthwise", "Which node is split next.", "depthwise", "lossguide"),
        TrainerParameter.Whole("max_leaves", 0, 1_000_000, "0", "Most leaves of a tree; 0: no bound."),
        TrainerParameter.Whole("max_bin", 2, 65_536, "256", "Most histogram bins a feature, for hist and approx."),
        TrainerParameter.Whole("num_parallel_tree", 1, 10_000, "1 (forest: 100)", "Trees grown in each round."),
    ];

    private static readonly TrainerParameter[] s_linear =
    [
        TrainerParameter.Word("updater", "coord_descent", "How a linear model is fitted; shotgun is faster on many threads, and gives another model every time.", "coord_descent", "shotgun"),
        TrainerParameter.Word("feature_selector", "cyclic", "Order in which a linear model's features are updated; greedy and thrifty for coord_descent.", "cyclic", "shuffle", "random", "greedy", "thrifty"),
        TrainerParameter.Whole("top_k", 0, 1_000_000, "0", "How many features greedy and thrifty select a round; 0: all."),
    ];

    /// <summary>Every parameter, in the order in which the documentation shows them.</summary>
    public static IReadOnlyList<TrainerParameter> All { get; } = [.. s_common, .. s_tree, .. s_linear];

    /// <summary>The parameters of a booster.</summary>
    /// <param name="booster"><c>gbtree</c>, <c>forest</c> or <c>gblinear</c>.</param>
    public static IReadOnlyList<TrainerParameter> Of(string booster) => booster is "gblinear" ? [.. s_common, .. s_linear] : [.. s_common, .. s_tree];
}
