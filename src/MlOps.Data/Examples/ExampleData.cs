using System.Text.RegularExpressions;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Examples;

/// <summary>Makes files for a first run out of data that ships with a dependency.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
public sealed partial class ExampleData(DuckDbOptions? options = null)
{
    private readonly DuckDbOptions _options = options ?? new();

    /// <summary>
    /// Divides a source by its partition expression into <c>&lt;prefix&gt;-&lt;partition&gt;.parquet</c>, rows in the order of the
    /// source; without an expression copies the source as <c>&lt;prefix&gt;.&lt;extension&gt;</c>. What is there already is kept.
    /// </summary>
    /// <param name="sourcePath">The file that <see cref="ExampleSpec.Source"/> names: parquet where it is to be divided.</param>
    /// <param name="spec">The example.</param>
    /// <param name="prefix">Begin of the files' names.</param>
    /// <param name="folder">Where they go; made when needed.</param>
    /// <param name="cancellationToken">Stops the work; files made so far are whole.</param>
    /// <returns>The files, in the order of their names.</returns>
    /// <exception cref="ExpressionException">The expression cannot be used, or gives a text that is no safe file name.</exception>
    /// <exception cref="DataStorageException">The disk is full.</exception>
    public IReadOnlyList<string> Create(string sourcePath, ExampleSpec spec, string prefix, string folder, CancellationToken cancellationToken)
    {
        using var output = new OutputFolder(folder);
        try
        {
            return spec.Partition is { } partition
                ? Divide(output, Path.GetFullPath(sourcePath), partition, prefix, cancellationToken)
                : [CopyWhole(output, sourcePath, prefix)];
        }
        catch (DuckDbException e) when (e.DiskFull)
        {
            throw new DataStorageException(folder, e);
        }
        catch (IOException e) when (OutputFolder.IsDiskFull(e))
        {
            throw new DataStorageException(folder, e);
        }
    }

    private static string CopyWhole(OutputFolder output, string sourcePath, string prefix)
    {
        var name = prefix + Path.GetExtension(sourcePath);
        if (File.Exists(output.PathOf(name))) return output.PathOf(name);
        File.Copy(sourcePath, output.Stage(name), overwrite: true);
        output.Publish();
        return output.PathOf(name);
    }

    private List<string> Divide(OutputFolder output, string sourcePath, string partition, string prefix, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open(_options with { TempFolder = output.Work });
        connection.Lock([sourcePath], output.Path);
        var source = $"read_parquet({Sql.Text(sourcePath)}, file_row_number = true)";
        var columns = connection.Rows($"SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet({Sql.Text(sourcePath)}))", cancellationToken)
            .Select(r => r.Text(0)).ToList();
        var expression = new ExpressionParser(connection).Parse("example.partition", partition, columns);
        var parts = connection.Rows(
            $"SELECT CAST({expression.Embedded} AS VARCHAR) AS part, min(file_row_number), max(file_row_number) FROM {source} GROUP BY part ORDER BY part", cancellationToken);
        if (parts.FirstOrDefault(p => p[0] is null || !SafeName().IsMatch(p.Text(0))) is { } odd)
        {
            throw new ExpressionException("example.partition", partition, 0, $"it gives '{odd[0] ?? "NULL"}', which is no safe part of a file name.",
                "Use letters, digits, '.', '_' and '-', beginning with a letter or digit.");
        }

        var files = parts.Select(p => (Name: $"{prefix}-{p.Text(0)}.parquet", Part: p.Text(0), First: p.Long(1), Last: p.Long(2))).ToList();
        var missing = files.Where(f => !File.Exists(output.PathOf(f.Name))).ToList();
        var staged = missing.ConvertAll(f => output.Stage(f.Name));
        var names = string.Join(", ", columns.Select(Sql.Name));
        foreach (var (file, path) in missing.Zip(staged))
        {
            // The range of rows lets DuckDB skip row groups where the source is ordered by the partition.
            connection.Execute(
                $"""
                COPY (SELECT {names} FROM {source}
                      WHERE file_row_number BETWEEN {file.First} AND {file.Last} AND CAST({expression.Embedded} AS VARCHAR) = {Sql.Text(file.Part)})
                TO {Sql.Text(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
                """,
                cancellationToken);
        }
        output.Publish();
        return files.ConvertAll(f => output.PathOf(f.Name));
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,100}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SafeName();
}
