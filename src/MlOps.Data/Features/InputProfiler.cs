using System.Globalization;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Features;

/// <summary>Looks at what the raw columns are in training: what serving holds requests against.</summary>
internal static class InputProfiler
{
    /// <param name="connection">The database.</param>
    /// <param name="train">SQL of the training examples.</param>
    /// <param name="columns">The columns that the model reads.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static InputProfile Profile(DuckDbConnection connection, string train, IReadOnlyList<ColumnSpec> columns, CancellationToken cancellationToken) =>
        new() { Columns = [.. columns.Select(c => Profile(connection, train, c, cancellationToken)).OfType<InputColumnProfile>()] };

    private static InputColumnProfile? Profile(DuckDbConnection connection, string train, ColumnSpec column, CancellationToken cancellationToken) => column.Type switch
    {
        ColumnType.Int or ColumnType.Double => Range(connection, train, column, cancellationToken),
        ColumnType.String => Categories(connection, train, column, cancellationToken),
        // Times go on beyond those of training by their nature, and truth values have seen both.
        _ => null,
    };

    private static InputColumnProfile? Range(DuckDbConnection connection, string train, ColumnSpec column, CancellationToken cancellationToken)
    {
        var name = Sql.Name(column.Name);
        var row = connection.Rows($"SELECT CAST(min({name}) AS DOUBLE), CAST(max({name}) AS DOUBLE) FROM {train} WHERE isfinite(CAST({name} AS DOUBLE))", cancellationToken)[0];
        return row[0] is double min && row[1] is double max ? new() { Name = column.Name, Min = min, Max = max } : null;
    }

    private static InputColumnProfile? Categories(DuckDbConnection connection, string train, ColumnSpec column, CancellationToken cancellationToken)
    {
        var name = Sql.Name(column.Name);
        var limit = (InputProfile.MaxCategories + 1).ToString(CultureInfo.InvariantCulture);
        var texts = connection.Rows($"SELECT DISTINCT {name} FROM {train} WHERE {name} IS NOT NULL LIMIT {limit}", cancellationToken).Select(r => r.Text(0)).ToList();
        return texts.Count is 0 or > InputProfile.MaxCategories ? null : new() { Name = column.Name, Categories = [.. texts.Order(StringComparer.Ordinal)] };
    }
}
