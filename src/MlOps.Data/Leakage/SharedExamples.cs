using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Leakage;

/// <summary>Counts test examples that training has, too: a model that saw them is measured on what it knows by heart.</summary>
internal static class SharedExamples
{
    /// <summary>SQL of what tells a row apart: 64 bits of its key. Two keys with the same bits are rarer than a flipped bit in memory.</summary>
    /// <param name="key">Columns; empty: all of them.</param>
    /// <param name="data">The declared columns.</param>
    public static string HashOf(IReadOnlyList<string> key, DataSpec data) =>
        $"hash({string.Join(", ", (key.Count > 0 ? key : data.Columns.Select(c => c.Name)).Select(Sql.Name))})";

    /// <summary>Evaluates the second part of a leakage check.</summary>
    /// <param name="connection">A connection that may read both.</param>
    /// <param name="test">SQL of the test examples' hashes: one column, <c>h</c>.</param>
    /// <param name="training">SQL of the hashes of what was trained on.</param>
    /// <param name="check">The check.</param>
    /// <param name="owner">Whose training it is, for people: <c>training</c>, <c>the champion's training</c>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static CheckResult Count(DuckDbConnection connection, string test, string training, LeakageCheck check, string owner, CancellationToken cancellationToken)
    {
        var row = connection.Rows($"SELECT count(*), count(*) FILTER (WHERE h IN ({training})) FROM ({test})", cancellationToken)[0];
        var (rows, shared) = (row.Long(0), row.Long(1));
        var share = rows == 0 ? 0 : (double)shared / rows;
        var by = check.Key.Count > 0 ? string.Join(", ", check.Key) : "all columns";
        return new(
            string.Create(CultureInfo.InvariantCulture, $"leakage: test examples that {owner} has <= {check.MaxShared}"),
            share <= check.MaxShared,
            share,
            string.Create(CultureInfo.InvariantCulture, $"{shared:N0} of {rows:N0} test examples ({share:P2}) agree with one of {owner} in {by}."))
        {
            Severity = check.Severity,
        };
    }
}
