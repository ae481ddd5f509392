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
                return new UniqueCheck(Columns("columns", fields, columns, problems));
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
                return Outliers(item, fields, columns, problems);
            case "drift":
                return new DriftCheck(fields.FindValue<DriftBaseline>("against") ?? DriftBaseline.Champion, fields.FindValue<double>("max") ?? 0.1);
            case "correlation":
                return new CorrelationCheck(fields.FindValue<DriftBaseline>("against") ?? DriftBaseline.Champion, fields.FindValue<double>("max") ?? 0.25);
            case "leakage":
                return new LeakageCheck(
                    fields.FindValue<double>("max") ?? LeakageCheck.DefaultMax, fields.FindValue<double>("maxShared") ?? LeakageCheck.DefaultMaxShared,
                    Columns("key", fields, columns, problems));
            default:
                return fields.Find<string>("sql") is { } sql ? new SqlCheck(sql) : null;
        }
    }

    private static OutliersCheck? Outliers(Item item, Fields fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        var method = fields.FindValue<OutlierMethod>("method") ?? OutlierMethod.Iqr;
        if (fields.Has("column") == fields.Has("columns"))
        {
            problems.Add(item.Position, $"check outliers has {(fields.Has("column") ? "both 'column' and" : "neither 'column' nor")} 'columns'.", "Give one of the two.");
            return null;
        }
        if (fields.Has("columns") && method is not OutlierMethod.Isolation)
            problems.Add(fields.At("columns"), $"'{fields.Path}.columns' looks at several columns together, which only method isolation does.", "Name one column in 'column', or set method: isolation.");
        var names = Column(fields, columns, problems, ColumnType.Int, ColumnType.Double) is { } one
            ? [one]
            : Columns("columns", fields, columns, problems, ColumnType.Int, ColumnType.Double);
        return new OutliersCheck(names, fields.FindValue<double>("max") ?? 0, method);
    }

    private static string? Column(Fields fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems, params ColumnType[] types)
    {
        if (fields.Find<string>("column") is not { } name) return null;
        Require(name, "column", fields.At("column"), fields, columns, problems, types);
        return name;
    }

    private static IReadOnlyList<string> Columns(string key, Fields fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems, params ColumnType[] types)
    {
        foreach (var one in fields.FindList(key) ?? []) Require((string)one.Value, key, one.Position, fields, columns, problems, types);
        return fields.Texts(key);
    }

    private static void Require(
        string name, string key, SourcePosition position, Fields fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems, ColumnType[] types)
    {
        DataReader.RequireColumn(name, $"{fields.Path}.{key}", position, columns, problems);
        if (types.Length == 0 || columns?.FirstOrDefault(c => c.Name == name) is not { } column || types.Contains(column.Type)) return;
        problems.Add(position, $"column '{name}' in '{fields.Path}' is of type {Word(column.Type)}.", $"Name a column of type {string.Join(" or ", types.Select(Word))}.");

        static string Word(ColumnType type) => type.ToString().ToLowerInvariant();
    }

    private static void RequireRange(string check, Item item, Fields fields, double? min, double? max, ProblemList problems)
    {
        DataReader.RequireOrder(fields, min, max, problems);
        if (!fields.Has("min") && !fields.Has("max"))
            problems.Add(item.Position, $"check {check} has neither 'min' nor 'max'.", $"Add one, such as {{ check: {check}, min: 1000 }}.");
    }
}
