using MlOps.Core.Specification.Reading.Shapes;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads what the data must look like.</summary>
internal static class DataReader
{
    /// <summary>The declared columns, or <see langword="null"/> when they are absent or unusable: then no reference can be checked.</summary>
    public static IReadOnlyList<ColumnSpec>? ReadColumns(Fields? data, ProblemList problems)
    {
        if (data?.Find<IReadOnlyList<NamedItem>>("columns") is not { } items) return null;
        var columns = new List<ColumnSpec>();
        foreach (var item in items)
        {
            // The data engine compares names without case.
            if (columns.Find(c => c.Name.Equals(item.Name, StringComparison.OrdinalIgnoreCase)) is { } twin)
                problems.Add(item.Position, $"column '{item.Name}' differs from column '{twin.Name}' in case only.", "Rename one of them: SQL takes both for the same.");
            columns.Add(ReadColumn(item, problems));
        }
        return columns;
    }

    public static DataSpec Read(Fields? fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        var window = fields?.FindValue<TimeSpan>("window");
        var spec = new DataSpec
        {
            Window = window,
            Files = FilesReader.Read(fields?.Find<Fields>("files"), problems),
            Columns = columns ?? [],
            Checks = [.. (fields?.FindList("checks") ?? []).Select(i => CheckReader.Read(i, columns, problems)).OfType<CheckSpec>()],
            InvalidRows = fields?.FindValue<InvalidRowPolicy>("invalidRows") ?? InvalidRowPolicy.Quarantine,
        };
        if (window is not null && columns is not null && spec.TimeColumn is null)
            problems.Add(fields!.At("window"), "'data.window' counts back from the newest time stamp, but no column is of type timestamp or date.", "Declare one, or remove the window.");
        return spec;
    }

    /// <summary>Reports a name that is no declared column.</summary>
    public static void RequireColumn(string name, string path, SourcePosition position, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        if (columns is null || columns.Any(c => c.Name == name)) return;
        problems.Add(position, $"'{name}' in '{path}' is no declared column.", NearestName.Advice(name, [.. columns.Select(c => c.Name)]));
    }

    private static ColumnSpec ReadColumn(NamedItem item, ProblemList problems)
    {
        var fields = item.Fields;
        var type = fields.FindValue<ColumnType>("type");
        var (min, max) = (fields.FindValue<double>("min"), fields.FindValue<double>("max"));
        RequireOrder(fields, min, max, problems);
        if (type is { } known)
        {
            RequireType(fields, ["min", "max"], known is ColumnType.Int or ColumnType.Double, "numbers: type int or double", problems);
            RequireType(fields, ["values", "pattern"], known is ColumnType.String, "text: type string", problems);
        }
        return new ColumnSpec
        {
            Name = item.Name,
            Type = type ?? ColumnType.String,
            Required = fields.FindValue<bool>("required") ?? false,
            Min = min,
            Max = max,
            Values = fields.Has("values") ? fields.Texts("values") : null,
            Pattern = fields.Find<string>("pattern"),
            MaxDistinct = fields.FindValue<long>("maxDistinct"),
        };
    }

    /// <summary>Reports a range whose ends are swapped.</summary>
    public static void RequireOrder(Fields fields, double? min, double? max, ProblemList problems)
    {
        if (min > max)
            problems.Add(fields.At("min"), FormattableString.Invariant($"'{fields.Path}' has min {min} above max {max}."), "Swap the two.");
    }

    private static void RequireType(Fields fields, IReadOnlyList<string> keys, bool fits, string rule, ProblemList problems)
    {
        foreach (var key in keys.Where(k => !fits && fields.Has(k)))
            problems.Add(fields.At(key), $"'{fields.Path}.{key}' is a rule for {rule}.", "Remove it, or change the type.");
    }
}
