using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Native;
using MlOps.Data.Profiling;
using MlOps.Data.Sandbox;
using MlOps.Data.Validation;

namespace MlOps.Data.Leakage;

/// <summary>Looks for an input that alone tells the label too well to be true: often it is known only after the label is.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
/// <remarks>
/// Measured on up to 100,000 evenly spread rows that break no rule and have a label; the inputs are the model's, before encoding.
/// Two classes and a number: AUC, whichever way round. Classes and a category: Cramér's V. Classes and a number, or a category and a
/// number: the correlation ratio. Two numbers: Spearman's correlation. Measures of categories are corrected for chance. That a value is
/// missing may tell the label, too, so it is measured as a category of its own.
/// </remarks>
public sealed class LabelLeakage(DuckDbOptions? options = null)
{
    private const long MostRows = 100_000;
    // With fewer rows anything may go together with anything.
    private const int FewestRows = 50;
    private const int MostNamed = 5;

    /// <summary>Evaluates the first part of a leakage check.</summary>
    /// <param name="dataPath">The canonical file.</param>
    /// <param name="spec">The pipeline.</param>
    /// <param name="check">The check.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ExpressionException">The label, an input or a condition cannot be used.</exception>
    /// <exception cref="FeatureBuildException">The label or an input is of a type that cannot be learned.</exception>
    /// <exception cref="DuckDbException">The file cannot be read.</exception>
    public CheckResult Check(string dataPath, PipelineSpec spec, LeakageCheck check, CancellationToken cancellationToken)
    {
        var label = spec.Features.Label.Name;
        var text = string.Create(CultureInfo.InvariantCulture, $"leakage: no input alone tells {label} with more than {check.Max}");
        var found = Measure(Path.GetFullPath(dataPath), spec, cancellationToken);
        if (found is null) return Result(true, 0, $"Fewer than {FewestRows} rows have a label: too few to tell.");

        var strongest = found.Where(f => !double.IsNaN(f.Strength)).OrderByDescending(f => f.Strength).ToList();
        var leaks = strongest.Where(f => f.Strength > check.Max).Take(MostNamed).ToList();
        if (leaks.Count == 0)
        {
            return Result(true, strongest.FirstOrDefault()?.Strength ?? 0, strongest is [var first, ..]
                ? $"The strongest is {first}."
                : "No input varies together with it.");
        }
        return Result(false, leaks[0].Strength,
            $"{string.Join(", ", leaks)}. Leave out of features.inputs what is known only after '{label}', or raise 'max' of the check.");

        CheckResult Result(bool passed, double value, string detail) => new(text, passed, value, detail) { Severity = check.Severity };
    }

    private List<Finding>? Measure(string path, PipelineSpec spec, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open(options);
        connection.Lock([path]);
        var source = $"read_parquet({Sql.Text(path)}, file_row_number = true)";
        RowRules.Guard(connection, source, spec.Data, cancellationToken);
        var (parser, types) = (new ExpressionParser(connection), new ExpressionTypes(connection, source));
        var columns = spec.Data.Columns.Select(c => c.Name).ToList();
        var label = (Owner: "features.label", Expression: parser.Parse("features.label", spec.Features.Label.Sql, columns));
        var inputs = spec.Features.Inputs.Select(f => (Owner: $"features.inputs.{f.Name}", Expression: parser.Parse($"features.inputs.{f.Name}", f.Sql, columns))).ToList();
        try
        {
            var task = new LabelReader(connection, spec.Features.Label, label.Expression).TaskOf(types.TypeOf(label.Owner, label.Expression, cancellationToken));
            var features = spec.Features.Inputs.Zip(inputs, (f, e) => FeatureKinds.Define(f, types.TypeOf(e.Owner, e.Expression, cancellationToken))).ToList();
            var sample = Read(connection, source, spec, task, label.Expression, features, cancellationToken);
            if (sample.Rows < FewestRows) return null;
            var side = LabelSide.Of(sample.Columns[0]);
            return [.. sample.Columns.Skip(1).Select(c => Measure(side, c))];
        }
        catch (DuckDbException e) when (!e.OutOfMemory)
        {
            throw types.FindCulprit([label, .. inputs], e, cancellationToken);
        }
    }

    private static FeatureBatch Read(
        DuckDbConnection connection, string source, PipelineSpec spec, LearningTask task, ScalarExpression label, List<FeatureDefinition> features,
        CancellationToken cancellationToken)
    {
        var isClass = task is not LearningTask.Regression;
        var value = isClass ? $"CAST({label.Embedded} AS VARCHAR)" : $"TRY_CAST({label.Embedded} AS FLOAT)";
        var rows = connection.Rows($"SELECT count(*) FROM {source}", cancellationToken)[0].Long(0);
        var step = (Math.Max(0, rows - 1) / MostRows) + 1;
        using var result = connection.Query(
            string.Create(CultureInfo.InvariantCulture,
                $"""
                SELECT {string.Join(", ", features.Select(FeatureSql.Value).Prepend(value))} FROM {source}
                WHERE file_row_number % {step} = 0 AND ({RowRules.Predicate(spec.Data)}) AND {(isClass ? $"{value} IS NOT NULL" : $"isfinite({value})")}
                """),
            cancellationToken);
        return new ColumnReader([(spec.Features.Label.Name, isClass), .. features.Select(f => (f.Name, f.Kind is FeatureKind.Category))]).Read(result, (int)Math.Min(rows, MostRows));
    }

    private static Finding Measure(LabelSide label, FeatureColumn input)
    {
        if (input is CategoryColumn category)
            return ByCategory(label, input.Name, CategoryCodes.Of(category.Values.Span, missingCounts: true), "");
        var values = ((NumberColumn)input).Values.ToArray();
        var present = Array.ConvertAll(values, v => float.IsNaN(v) ? 0 : 1);
        var byValue = label switch
        {
            { Numbers: { } numbers } => new Finding(input.Name, "Spearman's correlation", Math.Abs(
                AssociationMeasures.Spearman(numbers, values, AssociationMeasures.Ranks(numbers), AssociationMeasures.Ranks(values)))),
            { Classes.Count: 2 } => new(input.Name, "AUC", AssociationMeasures.Auc(Array.ConvertAll(label.Classes.Codes, c => c == 1), values)),
            _ => new(input.Name, "correlation ratio", AssociationMeasures.CorrelationRatio(label.Classes!.Codes, label.Classes.Count, values, corrected: true)),
        };
        var byAbsence = ByCategory(label, input.Name, new(present, 2), " of whether it is missing");
        return byAbsence.Strength > byValue.Strength || double.IsNaN(byValue.Strength) ? byAbsence : byValue;
    }

    private static Finding ByCategory(LabelSide label, string input, CategoryCodes codes, string what) => label.Numbers is { } numbers
        ? new(input, $"correlation ratio{what}", AssociationMeasures.CorrelationRatio(codes.Codes, codes.Count, numbers, corrected: true))
        : new(input, $"Cramér's V{what}", AssociationMeasures.CramersV(codes.Codes, codes.Count, label.Classes!.Codes, label.Classes.Count, corrected: true));

    /// <summary>The label as numbers, or as classes.</summary>
    private sealed record LabelSide(float[]? Numbers, CategoryCodes? Classes)
    {
        public static LabelSide Of(FeatureColumn column) => column is NumberColumn numbers
            ? new(numbers.Values.ToArray(), null)
            : new(null, CategoryCodes.Of(((CategoryColumn)column).Values.Span, missingCounts: true));
    }

    private sealed record Finding(string Input, string Measure, double Strength)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"'{Input}' with {Measure} {Strength:0.####}");
    }
}
