using MlOps.Core.Datasets;
using MlOps.Core.Specification;

namespace MlOps.Data.Inference;

/// <summary>Proposes rules from a dataset that is known to be good, for a person to review.</summary>
/// <remarks>
/// Bounds leave room: what a baseline shows is never all that will come. Numbers may reach half their range further on either side, but
/// not across zero when the baseline does not; categories may double; missing values may double and gain a percentage point.
/// </remarks>
public static class ConstraintInference
{
    // A text with more values than this is open-ended: it gets a limit instead of a list.
    private const int MaxListedValues = 20;
    private const double ShareOfRows = 0.5;

    /// <summary>The specification with rules that the baseline keeps. Rules that are there already stay.</summary>
    /// <param name="profile">Profile of the baseline; at least one row.</param>
    /// <param name="data">The declared columns.</param>
    /// <exception cref="ArgumentException">The baseline has no rows, or is of other columns.</exception>
    public static DataSpec Infer(DatasetProfile profile, DataSpec data)
    {
        if (profile.Rows == 0) throw new ArgumentException("A baseline without rows tells nothing.", nameof(profile));
        var columns = data.Columns.Select(c => Infer(c, Of(profile, c.Name), profile.Rows)).ToList();
        var missing = profile.Columns.Where(c => c.Missing > 0 && c.Missing < profile.Rows && !data.Checks.OfType<MissingCheck>().Any(m => m.Column == c.Name))
            .Select(c => new MissingCheck(c.Name, Math.Min(1, Math.Round((2.0 * c.Missing / profile.Rows) + 0.01, 2, MidpointRounding.ToPositiveInfinity))));
        var rows = data.Checks.OfType<RowsCheck>().Any() ? [] : new CheckSpec[] { new RowsCheck(Math.Max(1, (long)(profile.Rows * ShareOfRows)), null) };
        return data with { Columns = columns, Checks = [.. data.Checks, .. rows, .. missing] };
    }

    private static ColumnProfile Of(DatasetProfile profile, string name) => profile.Columns.FirstOrDefault(c => c.Name == name)
        ?? throw new ArgumentException($"The profile has no column '{name}'; profile the dataset with this specification.", nameof(profile));

    private static ColumnSpec Infer(ColumnSpec column, ColumnProfile profile, long rows)
    {
        var inferred = column with { Required = column.Required || profile.Missing == 0 };
        if (profile.Numbers is not null && column.Min is null && column.Max is null)
        {
            var (min, max) = (double.Parse(profile.Min!), double.Parse(profile.Max!));
            var room = (max - min) / 2;
            var (low, high) = (Outward(min - room, down: true), Outward(max + room, down: false));
            return inferred with { Min = min >= 0 ? Math.Max(0, low) : low, Max = max <= 0 ? Math.Min(0, high) : high };
        }
        if (column is { Type: ColumnType.String, Values: null, MaxDistinct: null } && profile.TopValues.Count > 0)
        {
            // All values are known exactly when they fit the list of top values and account for every row.
            var complete = profile.TopValues.Count < MaxListedValues && profile.TopValues.Sum(v => v.Count) == rows - profile.Missing;
            // Values that hardly repeat are names or texts, not categories.
            if (complete && profile.Distinct * 2 <= rows) return inferred with { Values = [.. profile.TopValues.Select(v => v.Value).Order(StringComparer.Ordinal)] };
            if (profile.Distinct * 10 <= rows) return inferred with { MaxDistinct = 2 * profile.Distinct };
        }
        return inferred;
    }

    // Two significant digits, away from the data: 1688 becomes 1700.
    private static double Outward(double value, bool down)
    {
        if (value == 0) return 0;
        var unit = (decimal)Math.Pow(10, Math.Clamp(Math.Floor(Math.Log10(Math.Abs(value))) - 1, -20, 20));
        if (Math.Abs(value) > 1e25) return value;
        var steps = (decimal)value / unit;
        return (double)((down ? Math.Floor(steps) : Math.Ceiling(steps)) * unit);
    }
}
