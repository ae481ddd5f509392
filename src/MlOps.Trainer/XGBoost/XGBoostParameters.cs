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
    /// <summary>Checks a trial's parameters.</summary>
    /// <param name="spec">The trial.</param>
    /// <param name="labels">Labels of the training part: trees start from their mean.</param>
    /// <exception cref="TrainerInputException">A name is unknown, or a value of ours is out of range.</exception>
    public static XGBoostParameters Create(TrialSpec spec, ReadOnlySpan<float> labels)
    {
        var given = spec.Parameters;
        var boosterName = given.GetValueOrDefault(XGBoostFormat.Booster, XGBoostFormat.DefaultBooster);
        var booster = BoosterOf(boosterName);
        var known = XGBoostFormat.Of(boosterName);
        foreach (var name in given.Keys)
        {
            if (!known.Any(p => p.Name == name)) throw Unknown(name, boosterName, [.. known.Select(p => p.Name)]);
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

    private static SortedDictionary<string, string> Defaults(TrialSpec spec, BoosterKind booster, ReadOnlySpan<float> labels, string? objective)
    {
        var native = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["booster"] = booster is BoosterKind.Linear ? "gblinear" : "gbtree",
            ["objective"] = Objectives.Of(spec.Label.Task, objective),
            ["seed"] = spec.Seed.ToString(CultureInfo.InvariantCulture),
            ["nthread"] = spec.Threads.ToString(CultureInfo.InvariantCulture),
            ["verbosity"] = "1",
            // A parameter that has no effect with the others is worth a line in the trial's log.
            ["validate_parameters"] = "1",
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

    private static TrainerInputException Unknown(string name, string booster, string[] known) => new(
        XGBoostFormat.All.Any(p => p.Name == name)
            ? $"spec.json: booster {booster} has no parameter '{name}'. Its parameters: {string.Join(", ", known)}."
            : $"spec.json: '{name}' is no parameter of trainer xgboost. {(XGBoostFormat.OtherNames.TryGetValue(name, out var ours) ? $"Here it is '{ours}'." : NearestName.Advice(name, known))}");

    private static int Whole(IReadOnlyDictionary<string, string> given, string name, int byDefault, int min, int max)
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
