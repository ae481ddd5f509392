using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads one check of a dataset.</summary>
internal static class CheckReader
{
    /// <summary>The check, or <see langword="null"/> when a part that it cannot do without was unusable.</summary>
    public static CheckSpec? Read(Item item, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        var (name, fields) = (Variant)item.Value;
        var check = Read(name, item, fields, columns, problems);
        return check is null ? null : check with { Severity = fields.FindValue<CheckSeverity>("severity") ?? CheckSeverity.Fail };
    }

    private static CheckSpec? Read(string name, Item item, Fields fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        switch (name)
        {
            case "rows":
                var (fewest, most) = (fields.FindValue<long>("min"), fields.FindValue<long>("max"));
                RequireRange(name, item, fields, fewest, most, problems);
                return new RowsCheck(fewest, most);
            case "missing":
                return Column(fields, columns, problems) is { } missing ? new MissingCheck(missing, fields.FindValue<double>("max") ?? 0) : null;
            case "quarantined":
                return new QuarantinedCheck(fields.FindValue<double>("max") ?? 0);
            case "unique":
                foreach (var one in fields.FindList("columns") ?? [])
                    DataReader.RequireColumn((string)one.Value, $"{fields.Path}.columns", one.Position, columns, problems);
                return new UniqueCheck(fields.Texts("columns"));
            case "freshness":
                return Column(fields, columns, problems, ColumnType.Timestamp, ColumnType.Date) is { } time
                    ? new FreshnessCheck(time, fields.FindValue<TimeSpan>("maxAge") ?? TimeSpan.MaxValue)
                    : null;
            case "balance":
                return Column(fields, columns, problems) is { } classes ? new BalanceCheck(classes, fields.FindValue<double>("min") ?? 0) : null;
            case "quantile":
                var (min, max) = (fields.FindValue<double>("min"), fields.FindValue<double>("max"));
                RequireRange(name, item, fields, min, max, problems);
                return Column(fields, columns, problems, ColumnType.Int, ColumnType.Double) is { } measured
                    ? new QuantileCheck(measured, fields.FindValue<double>("at") ?? 0, min, max)
                    : null;
            case "monotonic":
                return Column(fields, columns, problems, ColumnType.Int, ColumnType.Double, ColumnType.Timestamp, ColumnType.Date) is { } rising
                    ? new MonotonicCheck(rising)
                    : null;
            case "outliers":
                return Column(fields, columns, problems, ColumnType.Int, ColumnType.Double) is { } numbers
                    ? new OutliersCheck(numbers, fields.FindValue<double>("max") ?? 0, fields.FindValue<OutlierMethod>("method") ?? OutlierMethod.Iqr)
                    : null;
            case "drift":
                return new DriftCheck(fields.FindValue<DriftBaseline>("against") ?? DriftBaseline.Champion, fields.FindValue<double>("max") ?? 0.1);
            default:
                return fields.Find<string>("sql") is { } sql ? new SqlCheck(sql) : null;
        }
    }

    private static string? Column(Fields fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems, params ColumnType[] types)
    {
        if (fields.Find<string>("column") is not { } name) return null;
        DataReader.RequireColumn(name, $"{fields.Path}.column", fields.At("column"), columns, problems);
        if (types.Length > 0 && columns?.FirstOrDefault(c => c.Name == name) is { } column && !types.Contains(column.Type))
        {
            problems.Add(fields.At("column"), $"column '{name}' in '{fields.Path}' is of type {Word(column.Type)}.",
                $"Name a column of type {string.Join(" or ", types.Select(Word))}.");
        }
        return name;

        static string Word(ColumnType type) => type.ToString().ToLowerInvariant();
    }

    private static void RequireRange(string check, Item item, Fields fields, double? min, double? max, ProblemList problems)
    {
        DataReader.RequireOrder(fields, min, max, problems);
        if (!fields.Has("min") && !fields.Has("max"))
            problems.Add(item.Position, $"check {check} has neither 'min' nor 'max'.", $"Add one, such as {{ check: {check}, min: 1000 }}.");
    }
}
