namespace MlOps.Core.Training;

/// <summary>The parameters of the trainer <c>xgboost</c>, named and bounded as XGBoost 1.7 documents them.</summary>
public static class XgboostParameters
{
    /// <summary>Name of the trainer.</summary>
    public const string Trainer = "xgboost";

    /// <summary>Every parameter, in the order in which the documentation shows them.</summary>
    public static IReadOnlyList<TrainerParameter> All { get; } =
    [
        TrainerParameter.Word("booster", "gbtree", "What is boosted: trees, or a linear model.", "gbtree", "gblinear"),
        TrainerParameter.Whole("rounds", 1, 100_000, "100", "Boosting rounds at most."),
        TrainerParameter.Whole("early_stopping", 0, 100_000, "0", "Stop after so many rounds without a better validation metric; 0: never."),
        TrainerParameter.Number("eta", 0, 1, "0.3", "Learning rate: how much of each new tree is taken."),
        TrainerParameter.Number("gamma", 0, double.MaxValue, "0", "Smallest loss reduction that justifies a split."),
        TrainerParameter.Whole("max_depth", 0, 64, "6", "Deepest tree; 0: no bound."),
        TrainerParameter.Number("min_child_weight", 0, double.MaxValue, "1", "Smallest sum of instance weight (hessian) in a leaf."),
        TrainerParameter.Number("max_delta_step", 0, double.MaxValue, "0", "Largest change of a leaf's value in one round; 0: no bound."),
        TrainerParameter.Number("subsample", 0.01, 1, "1", "Share of the rows drawn for each tree."),
        TrainerParameter.Number("colsample_bytree", 0.01, 1, "1", "Share of the columns drawn for each tree."),
        TrainerParameter.Number("colsample_bylevel", 0.01, 1, "1", "Share of the columns drawn for each level."),
        TrainerParameter.Number("colsample_bynode", 0.01, 1, "1", "Share of the columns drawn for each split."),
        TrainerParameter.Number("lambda", 0, double.MaxValue, "1", "L2 regularization of the weights."),
        TrainerParameter.Number("alpha", 0, double.MaxValue, "0", "L1 regularization of the weights."),
        TrainerParameter.Word("tree_method", "hist", "How splits are found.", "hist", "approx", "exact"),
        TrainerParameter.Word("grow_policy", "depthwise", "Which node is split next.", "depthwise", "lossguide"),
        TrainerParameter.Whole("max_leaves", 0, 1_000_000, "0", "Most leaves of a tree; 0: no bound."),
        TrainerParameter.Whole("max_bin", 2, 65_536, "256", "Most histogram bins a feature, for hist and approx."),
        TrainerParameter.Whole("num_parallel_tree", 1, 10_000, "1", "Trees grown in each round; with rounds 1 and subsample below 1 a random forest."),
        TrainerParameter.Number("scale_pos_weight", 0, double.MaxValue, "1", "Weight of the positive class; binary only."),
        TrainerParameter.Word("updater", "shotgun", "How a linear model is fitted; coord_descent gives the same model every time.", "shotgun", "coord_descent"),
        TrainerParameter.Word("feature_selector", "cyclic", "Order in which a linear model's features are updated.", "cyclic", "shuffle"),
    ];
}
