using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Features;

/// <summary>Finds out what a label is: the kind of problem, the classes, how many examples of each in each part.</summary>
internal sealed class LabelReader(DuckDbConnection connection, LabelSpec spec, ScalarExpression expression)
{
    private const string Owner = "features.label";
    private const int MaxClasses = 1000;

    /// <summary>SQL that is true for rows with a label that can be learned.</summary>
    public string IsPresent(LearningTask task) => task is LearningTask.Regression
        ? $"({FeatureSql.Value(Definition(task, []))} IS NOT NULL)"
        : $"({expression.Embedded} IS NOT NULL)";

    /// <summary>The task: as declared, else from the type.</summary>
    /// <exception cref="FeatureBuildException">The type does not go with the task.</exception>
    public LearningTask TaskOf(string type)
    {
        var number = FeatureKinds.IsNumber(type) && type != "BOOLEAN";
        var natural = type switch
        {
            "BOOLEAN" => LearningTask.Binary,
            "VARCHAR" => LearningTask.Multiclass,
            _ when number => LearningTask.Regression,
            _ => throw new FeatureBuildException(Owner, $"'{spec.Name}' is of type {type}.", "Make it a condition, a text or a number."),
        };
        if (spec.Task is LearningTask.Regression && !number)
            throw new FeatureBuildException(Owner, $"'{spec.Name}' is of type {type}; regression needs a number.", "Correct the expression or the task.");
        return spec.Task ?? natural;
    }

    /// <summary>Counts the classes of each part and decides their order: ordinal by name.</summary>
    /// <param name="task">The task.</param>
    /// <param name="parts">SQL of all examples, with <c>__part</c> (0 train, 1 validation, 2 test) and <c>__time</c>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="FeatureBuildException">No part of it can be learned: one class only, or classes that training never sees.</exception>
    public (LabelDefinition Label, IReadOnlyList<ExamplePart> Parts) Read(LearningTask task, string parts, CancellationToken cancellationToken)
    {
        var isClass = task is not LearningTask.Regression;
        var value = isClass ? $"CAST({expression.Embedded} AS VARCHAR)" : "''";
        var sum = isClass ? "CAST(0 AS DOUBLE)" : $"sum(CAST({FeatureSql.Value(Definition(task, []))} AS DOUBLE))";
        var rows = connection.Rows(
            $"SELECT __part, {value} AS class, count(*), min(__time), max(__time), {sum} FROM {parts} GROUP BY 1, 2 LIMIT {(MaxClasses + 1) * 3}", cancellationToken);
        var groups = rows.Select(r => (Part: r.Long(0), Class: r.Text(1), Rows: r.Long(2), From: r.Time(3), To: r.Time(4), Sum: r.Double(5))).ToList();
        for (var part = 0; part < PartNames.Count; part++)
        {
            if (!groups.Exists(g => g.Part == part))
                throw new FeatureBuildException("features.split", $"the {PartNames[part]} part has no rows.", "Use more data, other shares, or split by: random.");
        }

        var classes = isClass ? groups.Where(g => g.Part == 0).Select(g => g.Class).Order(StringComparer.Ordinal).ToList() : [];
        if (isClass) RequireLearnable(groups.ConvertAll(g => (g.Part, g.Class, g.Rows)), classes);
        var actual = task is LearningTask.Multiclass && classes.Count == 2 ? LearningTask.Binary : task;
        if (actual is LearningTask.Binary && classes.Count > 2)
            throw new FeatureBuildException(Owner, $"'{spec.Name}' has {classes.Count} classes ({string.Join(", ", classes.Take(5))}…), binary takes two.", "Set task: multiclass.");

        return (Definition(actual, classes), [.. Enumerable.Range(0, PartNames.Count).Select(part =>
        {
            var own = groups.Where(g => g.Part == part).ToList();
            var count = own.Sum(g => g.Rows);
            var mean = actual switch
            {
                LearningTask.Regression => own[0].Sum / count,
                LearningTask.Binary => (double)own.Where(g => g.Class == classes[1]).Sum(g => g.Rows) / count,
                _ => double.NaN,
            };
            return new ExamplePart(count, own.Min(g => g.From), own.Max(g => g.To), mean,
                isClass ? own.ToDictionary(g => g.Class, g => g.Rows, StringComparer.Ordinal) : new Dictionary<string, long>(StringComparer.Ordinal));
        })]);
    }

    private static IReadOnlyList<string> PartNames { get; } = ["training", "validation", "test"];

    private LabelDefinition Definition(LearningTask task, IReadOnlyList<string> classes) => new(spec.Name, spec.Sql, task, classes);

    private void RequireLearnable(List<(long Part, string Class, long Rows)> groups, List<string> classes)
    {
        var everywhere = groups.Select(g => g.Class).Distinct(StringComparer.Ordinal).ToList();
        if (everywhere.Count == 1)
        {
            throw new FeatureBuildException(Owner,
                $"'{spec.Name}' has only the class '{everywhere[0]}' in all {groups.Sum(g => g.Rows):N0} examples.", "Correct the expression, or use data that has both.");
        }
        if (everywhere.Count > MaxClasses)
            throw new FeatureBuildException(Owner, $"'{spec.Name}' has more than {MaxClasses:N0} classes.", "Group them, or predict a number.");
        if (classes.Count == 1)
        {
            throw new FeatureBuildException(Owner,
                $"'{spec.Name}' has only the class '{classes[0]}' in the {groups.Where(g => g.Part == 0).Sum(g => g.Rows):N0} examples of the training part.",
                "Widen data.window, use more data, or split by: random.");
        }
        var unseen = everywhere.Except(classes, StringComparer.Ordinal).ToList();
        if (unseen.Count > 0)
        {
            throw new FeatureBuildException(Owner,
                $"the class '{unseen[0]}' of '{spec.Name}' is not in the training part, only in {PartNames[(int)groups.First(g => g.Class == unseen[0]).Part]}.",
                "Widen data.window, use more data, or split by: random.");
        }
    }
}
