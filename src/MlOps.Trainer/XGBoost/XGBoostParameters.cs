using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Core.Text;
using MlOps.Core.Training;

namespace MlOps.Trainer.XGBoost;

/// <summary>A trial's parameters, checked by name, with the defaults that follow from task and booster.</summary>
/// <param name="Booster">What is trained.</param>
/// <param name="Rounds">Most rounds.</param>
/// <param name="EarlyStoppingRounds">Rounds without a better metric after which training stops; 0: never.</param>
/// <param name="Native">What XGBoost itself is told, in this order.</param>
internal sealed record XGBoostParameters(
    BoosterKind Booster, int Rounds, int EarlyStoppingRounds, IReadOnlyList<KeyValuePair<string, string>> Native)
{
    private static readonly string[] s_ours = ["booster", "rounds", "early_stopping_rounds", "objective", "base_score"];

    private static readonly string[] s_tree =
    [
        "eta", "max_depth", "max_leaves", "grow_policy", "min_child_weight", "gamma", "max_delta_step", "subsample", "sampling_method",
        "colsample_bytree", "colsample_bylevel", "colsample_bynode", "lambda", "alpha", "max_bin", "tree_method", "scale_pos_weight",
        "num_parallel_tree", "device", "huber_slope", "tweedie_variance_power",
    ];

    private static readonly string[] s_linear =
        ["eta", "lambda", "alpha", "updater", "feature_selector", "top_k", "scale_pos_weight", "huber_slope", "tweedie_variance_power"];

    // XGBoost's own second names.
    private static readonly Dictionary<string, string> s_aliases = new(StringComparer.Ordinal)
    {
        ["learning_rate"] = "eta", ["min_split_loss"] = "gamma", ["reg_lambda"] = "lambda", ["reg_alpha"] = "alpha",
        ["num_boost_round"] = "rounds", ["n_estimators"] = "rounds",
    };

    /// <summary>Checks a trial's parameters.</summary>
    /// <param name="spec">The trial.</param>
    /// <param name="labels">Labels of the training part: trees start from their mean.</param>
    /// <exception cref="TrainerInputException">A name is unknown, given twice, or a value of ours is out of range.</exception>
    public static XGBoostParameters Create(TrialSpec spec, ReadOnlySpan<float> labels)
    {
        var given = WithoutAliases(spec.Parameters);
        var booster = BoosterOf(given.GetValueOrDefault("booster", "gbtree"));
        var known = booster is BoosterKind.Linear ? s_linear : s_tree;
        foreach (var name in given.Keys)
        {
            if (!known.Contains(name) && !s_ours.Contains(name)) throw Unknown(name, given.GetValueOrDefault("booster", "gbtree"), known);
        }

        var native = Defaults(spec, booster, labels, given.GetValueOrDefault("objective"));
        foreach (var (name, value) in given)
        {
            if (name is not ("booster" or "rounds" or "early_stopping_rounds")) native[name] = value;
        }
        return new(
            booster,
            Whole(given, "rounds", booster is BoosterKind.Forest ? 1 : 100, 1, 100_000),
            Whole(given, "early_stopping_rounds", 0, 0, 100_000),
            [.. native]);
    }

    private static Dictionary<string, string> WithoutAliases(IReadOnlyDictionary<string, string> parameters)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            var known = s_aliases.GetValueOrDefault(name, name);
            if (!given.TryAdd(known, value))
                throw new TrainerInputException($"spec.json: parameters '{known}' and '{s_aliases.First(a => a.Value == known).Key}' are two names of the same. Give one of them.");
        }
        return given;
    }

    private static SortedDictionary<string, string> Defaults(TrialSpec spec, BoosterKind booster, ReadOnlySpan<float> labels, string? objective)
    {
        var native = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["booster"] = booster is BoosterKind.Linear ? "gblinear" : "gbtree",
            ["objective"] = Objectives.Of(spec.Label.Task, objective),
            ["seed"] = spec.Seed.ToString(CultureInfo.InvariantCulture),
            ["nthread"] = spec.Threads.ToString(CultureInfo.InvariantCulture),
            ["verbosity"] = "1",
        };
        if (spec.Label.Task is LearningTask.Multiclass)
            native["num_class"] = spec.Label.Classes.Count.ToString(CultureInfo.InvariantCulture);
        else
            native["base_score"] = StartingPoint(labels).ToString("R", CultureInfo.InvariantCulture);

        if (booster is BoosterKind.Linear)
        {
            // The default, shotgun, races between threads: the same trial would not give the same model.
            native["updater"] = "coord_descent";
            return native;
        }
        native["tree_method"] = "hist";
        if (booster is BoosterKind.Forest)
        {
            // XGBoost's own defaults of its random forest classes.
            native["num_parallel_tree"] = "100";
            native["eta"] = "1";
            native["subsample"] = "0.8";
            native["colsample_bynode"] = "0.8";
        }
        return native;
    }

    // XGBoost 2 starts from the labels' mean by itself, 1.7 from 0.5: said here, both give the same model.
    private static float StartingPoint(ReadOnlySpan<float> labels)
    {
        var sum = 0.0;
        foreach (var label in labels) sum += label;
        return (float)(sum / labels.Length);
    }

    private static BoosterKind BoosterOf(string name) => name switch
    {
        "gbtree" => BoosterKind.Tree,
        "forest" => BoosterKind.Forest,
        "gblinear" => BoosterKind.Linear,
        _ => throw new TrainerInputException($"spec.json: parameter 'booster' is '{name}'. {NearestName.Advice(name, ["gbtree", "forest", "gblinear"])}"),
    };

    private static TrainerInputException Unknown(string name, string booster, string[] known)
    {
        string[] valid = [.. known, .. s_ours];
        var elsewhere = s_tree.Contains(name) || s_linear.Contains(name);
        return new(elsewhere
            ? $"spec.json: booster {booster} has no parameter '{name}'. Valid: {string.Join(", ", valid)}."
            : $"spec.json: '{name}' is no parameter of trainer xgboost. {NearestName.Advice(name, [.. valid, .. s_aliases.Keys])}");
    }

    private static int Whole(Dictionary<string, string> given, string name, int byDefault, int min, int max)
    {
        if (!given.TryGetValue(name, out var text)) return byDefault;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new TrainerInputException($"spec.json: parameter '{name}' is '{text}'; it must be a whole number from {min} to {max}.");
    }
}

/// <summary>What XGBoost trains.</summary>
internal enum BoosterKind
{
    /// <summary><c>gbtree</c>: trees, each on the errors of those before.</summary>
    Tree,

    /// <summary><c>forest</c>: a random forest, all trees in one round.</summary>
    Forest,

    /// <summary><c>gblinear</c>: a linear model with elastic-net penalty.</summary>
    Linear,
}
