using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Leakage;

/// <summary>
/// Counts test examples that the model in production was trained on: its figures on them flatter it, so that a candidate has to beat
/// what was learned by heart. That does the candidate's own figures no harm, so it is a warning, whatever the check's severity.
/// </summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
public sealed class ChampionOverlap(DuckDbOptions? options = null)
{
    /// <summary>Evaluates a leakage check against the champion.</summary>
    /// <param name="testPath">The candidate's test part: <see cref="FeatureSet.TestFile"/>.</param>
    /// <param name="data">The candidate's columns.</param>
    /// <param name="championPaths">Canonical files that the champion was trained on, oldest first.</param>
    /// <param name="champion">The pipeline as it was for the champion: its examples are divided anew, as they were then.</param>
    /// <param name="check">The check.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns><see langword="null"/> when the two have not the columns in common that tell rows apart.</returns>
    /// <exception cref="FeatureBuildException">The champion's examples cannot be divided any more.</exception>
    /// <exception cref="DuckDbException">A file cannot be read.</exception>
    public CheckResult? Check(
        string testPath, DataSpec data, IReadOnlyList<string> championPaths, PipelineSpec champion, LeakageCheck check, CancellationToken cancellationToken)
    {
        var key = check.Key.Count > 0 ? check.Key : [.. data.Columns.Select(c => c.Name)];
        if (!key.All(k => champion.Data.Columns.FirstOrDefault(c => c.Name == k)?.Type == data.Columns.First(c => c.Name == k).Type)) return null;

        List<string> paths = [.. championPaths.Select(Path.GetFullPath)];
        using var connection = DuckDbConnection.Open(options);
        connection.Lock([Path.GetFullPath(testPath), .. paths]);
        LabelledExamples.CreateView(connection, paths, champion, cancellationToken);
        var label = new ExpressionParser(connection).Parse("features.label", champion.Features.Label.Sql, [.. champion.Data.Columns.Select(c => c.Name)]);
        var reader = new LabelReader(connection, champion.Features.Label, label);
        var type = new ExpressionTypes(connection, LabelledExamples.View).TypeOf("features.label", label, cancellationToken);
        FeatureBuilder.CreateParts(connection, champion, reader.IsPresent(reader.TaskOf(type)), cancellationToken);

        var hash = SharedExamples.HashOf(key, data);
        var result = SharedExamples.Count(
            connection, $"SELECT {hash} AS h FROM read_parquet({Sql.Text(Path.GetFullPath(testPath))})", $"SELECT {hash} FROM {FeatureBuilder.Parts} WHERE __part = 0",
            check, "the champion's training", cancellationToken);
        return result with { Severity = CheckSeverity.Warn };
    }
}
