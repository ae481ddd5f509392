namespace MlOps.Core.Training;

/// <summary>The parameters that a pipeline may give to the trainer <c>xgboost</c>, named and bounded as XGBoost documents them.</summary>
public static class XGBoostFormat
{
    /// <summary>Name of the trainer.</summary>
    public const string Trainer = "xgboost";

    /// <summary>The parameter that says what is boosted.</summary>
    public const string Booster = "booster";

    /// <summary>The booster where the specification names none.</summary>
    public const string DefaultBooster = "gbtree";

    private static readonly string[] s_trees = [DefaultBooster, "forest"];
    private static readonly string[] s_linear = ["gblinear"];

    /// <summary>Every parameter, in the order in which the documentation shows them.</summary>
    public static IReadOnlyList<TrainerParameter> All { get; } =
    [
        TrainerParameter.Word(Booster, DefaultBooster, "What is trained: boosted trees, a random forest, or a linear model.", [.. s_trees, .. s_linear]),
        TrainerParameter.Whole("rounds", 1, 100_000, "100; forest: 1", "Most boosting rounds."),
        TrainerParameter.Whole("early_stopping_rounds", 0, 100_000, "0", "Stop after so many rounds without a better validation metric; 0: never."),
        TrainerParameter.Word("objective", "by the label's task", "What is optimized.",
            "binary:logistic", "multi:softprob", "reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:gamma", "reg:tweedie", "count:poisson"),
        TrainerParameter.Number("base_score", double.MinValue, double.MaxValue, "the label's mean", "Prediction that training starts from."),
        TrainerParameter.Number("eta", 0, 1, "0.3; forest: 1; gblinear: 0.5", "Learning rate: how much of each new tree is taken."),
        TrainerParameter.Number("lambda", 0, double.MaxValue, "1; gblinear: 0", "L2 regularization of the weights."),
        TrainerParameter.Number("alpha", 0, double.MaxValue, "0", "L1 regularization of the weights."),
        TrainerParameter.Number("scale_pos_weight", 0, double.MaxValue, "1", "Weight of the positive class; binary only."),
        TrainerParameter.Number("huber_slope", 0, double.MaxValue, "1", "Where reg:pseudohubererror turns from squared to absolute."),
        TrainerParameter.Number("tweedie_variance_power", 1, 2, "1.5", "Variance of reg:tweedie, between 1 (Poisson) and 2 (gamma)."),
        TrainerParameter.Whole("max_depth", 0, 64, "6", "Deepest tree; 0: no bound.") with { Boosters = s_trees },
        TrainerParameter.Whole("max_leaves", 0, 1_000_000, "0", "Most leaves of a tree; 0: no bound.") with { Boosters = s_trees },
        TrainerParameter.Word("grow_policy", "depthwise", "Which node is split next.", "depthwise", "lossguide") with { Boosters = s_trees },
        TrainerParameter.Number("min_child_weight", 0, double.MaxValue, "1", "Smallest sum of instance weight (hessian) in a leaf.") with { Boosters = s_trees },
        TrainerParameter.Number("gamma", 0, double.MaxValue, "0", "Smallest loss reduction that justifies a split.") with { Boosters = s_trees },
        TrainerParameter.Number("max_delta_step", 0, double.MaxValue, "0", "Largest change of a leaf's value in one round; 0: no bound.") with { Boosters = s_trees },
        TrainerParameter.Number("subsample", 0.01, 1, "1; forest: 0.8", "Share of the rows drawn for each tree.") with { Boosters = s_trees },
        TrainerParameter.Number("colsample_bytree", 0.01, 1, "1", "Share of the columns drawn for each tree.") with { Boosters = s_trees },
        TrainerParameter.Number("colsample_bylevel", 0.01, 1, "1", "Share of the columns drawn for each level.") with { Boosters = s_trees },
        TrainerParameter.Number("colsample_bynode", 0.01, 1, "1; forest: 0.8", "Share of the columns drawn for each split.") with { Boosters = s_trees },
        TrainerParameter.Word("tree_method", "hist", "How splits are found; gpu_hist needs XGBoost's CUDA build, before version 2.", "hist", "approx", "exact", "gpu_hist") with { Boosters = s_trees },
        TrainerParameter.Word("device", "cpu", "Where trees are grown; cuda needs XGBoost's CUDA build, from version 2 on.", "cpu", "cuda") with { Boosters = s_trees },
        TrainerParameter.Whole("max_bin", 2, 65_536, "256", "Most histogram bins a feature, for hist and approx.") with { Boosters = s_trees },
        TrainerParameter.Whole("num_parallel_tree", 1, 10_000, "1; forest: 100", "Trees grown in each round.") with { Boosters = s_trees },
        TrainerParameter.Word("updater", "coord_descent", "How a linear model is fitted; shotgun does not give the same model every time.", "coord_descent", "shotgun") with { Boosters = s_linear },
        TrainerParameter.Word("feature_selector", "cyclic", "Order in which a linear model's features are updated.", "cyclic", "shuffle", "random", "greedy", "thrifty") with { Boosters = s_linear },
        TrainerParameter.Whole("top_k", 0, 1_000_000, "0", "Features that greedy and thrifty select; 0: all.") with { Boosters = s_linear },
    ];

    /// <summary>The parameters that a booster has.</summary>
    public static IReadOnlyList<TrainerParameter> Of(string booster) =>
        [.. All.Where(p => p.Boosters.Count is 0 || p.Boosters.Contains(booster, StringComparer.Ordinal))];

    /// <summary>Names that other tools use, each with ours.</summary>
    public static IReadOnlyDictionary<string, string> OtherNames { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["learning_rate"] = "eta",
        ["min_split_loss"] = "gamma",
        ["reg_lambda"] = "lambda",
        ["reg_alpha"] = "alpha",
        ["num_boost_round"] = "rounds",
        ["n_estimators"] = "rounds",
    };
}
