using MlOps.Core.Evaluation;
using MlOps.Core.Specification.Reading.Shapes;
using MlOps.Core.Training;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads where, what and how to train.</summary>
internal static class TrainingReader
{
    public static TrainingSpec Read(Fields? fields, SourcePosition file, MetricFit metrics, ProblemList problems)
    {
        var spec = new TrainingSpec
        {
            Compute = fields?.Find<TrainingCompute>("compute") ?? new LocalCompute(),
            Search = ReadSearch(fields?.Find<Fields>("search"), fields?.Position ?? file, metrics, problems),
            Trainers = fields?.FindList("trainers") is { } trainers
                ? [.. trainers.Select(t => ReadTrainer((Variant)t.Value, problems))]
                : [new TrainerSpec(XGBoostFormat.Trainer, new Dictionary<string, ParameterRange>(StringComparer.Ordinal))],
        };
        return fields?.FindValue<TimeSpan>("timeout") is { } timeout ? spec with { Timeout = timeout } : spec;
    }

    private static TrainerSpec ReadTrainer(Variant trainer, ProblemList problems) =>
        trainer.Name is CommandFormat.Trainer ? ReadCommand(trainer.Fields) : ReadXGBoost(trainer, problems);

    private static TrainerSpec ReadCommand(Fields fields) => new(
        CommandFormat.Trainer,
        fields.Find<Dictionary<string, ParameterRange>>(CommandFormat.Parameters) ?? new Dictionary<string, ParameterRange>(StringComparer.Ordinal))
    {
        Command = fields.Texts(CommandFormat.Command),
    };

    private static TrainerSpec ReadXGBoost(Variant trainer, ProblemList problems)
    {
        IReadOnlyList<string> boosters = trainer.Fields.Find<ParameterRange>(XGBoostFormat.Booster) switch
        {
            FixedValue one => [one.Value],
            Choice several => several.Values,
            // Given, but no booster: that is reported, and which parameters would fit cannot be known.
            _ => trainer.Fields.Has(XGBoostFormat.Booster) ? [] : [XGBoostFormat.DefaultBooster],
        };
        foreach (var parameter in XGBoostFormat.All.Where(p => p.Boosters.Count > 0 && trainer.Fields.Has(p.Name)))
            if (boosters.FirstOrDefault(b => !parameter.Boosters.Contains(b, StringComparer.Ordinal)) is { } without)
                problems.Add(trainer.Fields.At(parameter.Name), $"'{parameter.Name}' is no parameter of booster {without}.", $"It belongs to {string.Join(" and ", parameter.Boosters)}: list that booster as a trainer of its own.");

        var parameters = new Dictionary<string, ParameterRange>(StringComparer.Ordinal);
        foreach (var parameter in XGBoostFormat.All)
            if (trainer.Fields.Find<ParameterRange>(parameter.Name) is { } range) parameters.Add(parameter.Name, range);
        return new TrainerSpec(trainer.Name, parameters);
    }

    private static SearchSpec ReadSearch(Fields? fields, SourcePosition training, MetricFit metrics, ProblemList problems)
    {
        var (metric, maximize) = ReadMetric(fields, training, metrics, problems);
        var unset = new SearchSpec { Metric = metric, Maximize = maximize };
        return unset with
        {
            Method = fields?.FindValue<SearchMethod>("method") ?? unset.Method,
            Trials = (int)(fields?.FindValue<long>("trials") ?? unset.Trials),
            Parallel = (int)(fields?.FindValue<long>("parallel") ?? unset.Parallel),
            Seed = (int)(fields?.FindValue<long>("seed") ?? unset.Seed),
        };
    }

    private static (string Metric, bool Maximize) ReadMetric(Fields? fields, SourcePosition training, MetricFit metrics, ProblemList problems)
    {
        var (maximize, minimize) = (fields?.Find<MetricDefinition>("maximize"), fields?.Find<MetricDefinition>("minimize"));
        if (fields is not null && fields.Has("maximize") && fields.Has("minimize"))
            problems.Add(fields.At("minimize"), "'training.search' has both 'maximize' and 'minimize'.", "Keep the one that decides.");
        else if ((maximize ?? minimize) is { } metric)
        {
            var key = maximize is null ? "minimize" : "maximize";
            metrics.Require(metric, $"training.search.{key}", fields!.At(key));
            if (metric.MoreIsBetter != maximize is not null)
                problems.Add(fields.At(key), $"'training.search.{key}' is {metric.Name}, of which {(metric.MoreIsBetter ? "more" : "less")} is better.", $"Write {(metric.MoreIsBetter ? "maximize" : "minimize")}: {metric.Name}.");
            return (metric.Name, metric.MoreIsBetter);
        }
        else if (fields is null || !(fields.Has("maximize") || fields.Has("minimize")))
        {
            if (metrics.Declared is { } task) return (MetricCatalog.DefaultFor(task).Name, MetricCatalog.DefaultFor(task).MoreIsBetter);
            if (!metrics.IsOpen) return ("", true);
            problems.Add(fields?.Position ?? training, "'training.search' says neither what to maximize nor what to minimize, and features.label has no task from which it would follow.", "Add one, such as search: { maximize: auc }, or features.label.task.");
        }
        return ("", true);
    }
}
