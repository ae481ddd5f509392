using MlOps.Core.Specification.Reading.Shapes;
using MlOps.Core.Text;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads label, inputs and split.</summary>
internal static class FeaturesReader
{
    /// <summary>Names beginning so are the system's own in training files: <c>__label</c>.</summary>
    private const string ReservedPrefix = "__";

    public static FeaturesSpec Read(Fields? fields, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        var label = ReadLabel(fields?.Find<Fields>("label"), problems);
        return new FeaturesSpec
        {
            Label = label,
            Inputs = [.. (fields?.Find<IReadOnlyList<NamedItem>>("inputs") ?? []).Select(i => ReadInput(i, label, columns, problems))],
            Split = ReadSplit(fields?.Find<Fields>("split"), fields?.Position, columns, problems),
        };
    }

    /// <summary>A column's name as SQL writes it.</summary>
    private static string Quote(string column) => $"\"{column.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static LabelSpec ReadLabel(Fields? fields, ProblemList problems)
    {
        var label = new LabelSpec(fields?.Find<string>("name") ?? "", fields?.Find<string>("sql") ?? "", fields?.FindValue<LearningTask>("task"));
        if (fields is not null) RefuseReserved(label.Name, fields.At("name"), problems);
        return label;
    }

    private static FeatureSpec ReadInput(NamedItem item, LabelSpec label, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        RefuseReserved(item.Name, item.Position, problems);
        if (item.Name.Equals(label.Name, StringComparison.OrdinalIgnoreCase))
            problems.Add(item.Position, $"input '{item.Name}' has the label's name.", "Rename one of the two.");

        var sql = item.Fields.Find<string>("sql");
        if (!item.Fields.Has("sql") && columns is not null && columns.All(c => c.Name != item.Name))
            problems.Add(item.Position, $"input '{item.Name}' has no 'sql' and is no declared column.", NearestName.Advice(item.Name, [.. columns.Select(c => c.Name)]));
        var encode = item.Fields.FindValue<EncodingMethod>("encode");
        if (encode is EncodingMethod.Target && label.Task is LearningTask.Multiclass)
            problems.Add(item.Fields.At("encode"), $"'{item.Fields.Path}.encode' is target, the mean of the label, which a label of several classes does not have.", "Use onehot or ordinal.");

        var input = new FeatureSpec(item.Name, sql ?? Quote(item.Name), encode);
        if (label.Sql.Length > 0 && input.Sql.Trim('"').Equals(label.Sql.Trim('"'), StringComparison.OrdinalIgnoreCase))
            problems.Add(item.Position, $"input '{item.Name}' is the label itself: {label.Sql}.", "Remove it: the model would be told the answer.");
        return input;
    }

    private static SplitSpec ReadSplit(Fields? fields, SourcePosition? features, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        var timeColumn = columns?.FirstOrDefault(IsTime)?.Name;
        var by = fields?.FindValue<SplitMethod>("by") ?? (timeColumn is null ? SplitMethod.Random : SplitMethod.Time);
        var column = fields?.Find<string>("column");
        if (column is not null) CheckColumn(fields!, column, by, columns, problems);
        if (by is SplitMethod.Time && column is null && columns is not null && timeColumn is null)
            problems.Add(fields?.At("by") ?? features!, "'features.split.by' is time, but no column is of type timestamp or date.", "Declare one, or split at random.");

        var unset = new SplitSpec { By = by };
        var spec = unset with
        {
            Column = by is SplitMethod.Time ? column ?? timeColumn : null,
            Test = fields?.FindValue<double>("test") ?? unset.Test,
            Validation = fields?.FindValue<double>("validation") ?? unset.Validation,
            Seed = (int)(fields?.FindValue<long>("seed") ?? unset.Seed),
        };
        // A sum of parts that should be exactly 1 may come out a little below it.
        if (spec.Test + spec.Validation > 1 - 1e-9)
            problems.Add(fields!.Position, FormattableString.Invariant($"the test part {spec.Test} and the validation part {spec.Validation} leave nothing to train on."), "Make their sum smaller than 1.");
        return spec;
    }

    private static void CheckColumn(Fields fields, string column, SplitMethod by, IReadOnlyList<ColumnSpec>? columns, ProblemList problems)
    {
        var position = fields.At("column");
        if (by is not SplitMethod.Time)
            problems.Add(position, "'features.split.column' orders examples by time, but they are split at random.", "Write by: time, or remove the column.");
        DataReader.RequireColumn(column, "features.split.column", position, columns, problems);
        if (columns?.FirstOrDefault(c => c.Name == column) is { } declared && !IsTime(declared))
            problems.Add(position, $"'{column}' in 'features.split.column' is of type {char.ToLowerInvariant(declared.Type.ToString()[0])}{declared.Type.ToString()[1..]}.", "Name a column of type timestamp or date.");
    }

    private static bool IsTime(ColumnSpec column) => column.Type is ColumnType.Timestamp or ColumnType.Date;

    private static void RefuseReserved(string name, SourcePosition position, ProblemList problems)
    {
        if (name.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            problems.Add(position, $"'{name}' begins with '{ReservedPrefix}', as only names of the system do.", "Rename it.");
    }
}
