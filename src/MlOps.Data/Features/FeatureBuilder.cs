using System.Globalization;
using System.Text.Json;
using MlOps.Core.Datasets;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Data.Leakage;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Features;

/// <summary>Makes examples of dataset versions: label, inputs, split, encoders.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
/// <remarks>
/// Rows that break a row rule, have no label, or (split by time) no time are left out. Split by time: the examples in the order of
/// their time; rows of the same instant are never divided, so a part may be slightly larger than its share. Split at random: in the
/// order of a seeded hash of the row's number. The pipeline's expressions see one row each, in a database that can read and write
/// only the files of this step.
/// </remarks>
public sealed class FeatureBuilder(DuckDbOptions? options = null)
{
    private const string ParquetOptions = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880";
    private const int GoldenRows = 1000;

    /// <summary>Name of the view of the divided examples.</summary>
    internal const string Parts = "parted";
    private const string TrainPart = "(SELECT * FROM labelled WHERE __part = 0)";

    private readonly DuckDbOptions _options = options ?? new();

    /// <summary>Writes the files that <see cref="FeatureSet"/> names.</summary>
    /// <param name="dataPaths">Canonical files of dataset versions, oldest first; only the newest counts when there is no window.</param>
    /// <param name="spec">The pipeline.</param>
    /// <param name="outputFolder">Where the files go; made when needed.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left then.</param>
    /// <exception cref="ExpressionException">An expression cannot be used.</exception>
    /// <exception cref="FeatureBuildException">There is nothing to learn from: no rows, no label, one class.</exception>
    /// <exception cref="DataStorageException">The disk is full.</exception>
    public FeatureSet Build(IReadOnlyList<string> dataPaths, PipelineSpec spec, string outputFolder, CancellationToken cancellationToken)
    {
        if (dataPaths.Count == 0) throw new ArgumentException("At least one dataset version is needed.", nameof(dataPaths));
        using var output = new OutputFolder(outputFolder);
        try
        {
            var files = new[] { FeatureSet.TrainFile, FeatureSet.ValidationFile, FeatureSet.TestFile, FeatureSet.GoldenFile }
                .ToDictionary(name => name, output.Stage, StringComparer.Ordinal);
            var paths = dataPaths.Select(Path.GetFullPath).ToList();
            using var connection = DuckDbConnection.Open(_options with { TempFolder = output.Work });
            connection.Lock(paths, output.Path);
            var set = Build(connection, paths, spec, files, cancellationToken);
            WriteJson(output.Stage(FeatureSet.TransformFile), set.Transform);
            WriteJson(output.Stage(FeatureSet.EncodersFile), set.Encoders);
            WriteJson(output.Stage(FeatureSet.InputsFile), set.Inputs);
            output.Publish();
            return set;
        }
        catch (DuckDbException e) when (e.DiskFull)
        {
            throw new DataStorageException(outputFolder, e);
        }
        catch (IOException e) when (OutputFolder.IsDiskFull(e))
        {
            throw new DataStorageException(outputFolder, e);
        }
    }

    private static FeatureSet Build(
        DuckDbConnection connection, List<string> dataPaths, PipelineSpec spec, Dictionary<string, string> files, CancellationToken cancellationToken)
    {
        var columns = spec.Data.Columns.Select(c => c.Name).ToList();
        var parser = new ExpressionParser(connection);
        var label = (Owner: "features.label", Expression: parser.Parse("features.label", spec.Features.Label.Sql, columns));
        var inputs = spec.Features.Inputs.Select(f => (Owner: $"features.inputs.{f.Name}", Expression: parser.Parse($"features.inputs.{f.Name}", f.Sql, columns))).ToList();

        LabelledExamples.CreateView(connection, dataPaths, spec, cancellationToken);
        var types = new ExpressionTypes(connection, LabelledExamples.View);
        try
        {
            var reader = new LabelReader(connection, spec.Features.Label, label.Expression);
            var task = reader.TaskOf(types.TypeOf(label.Owner, label.Expression, cancellationToken));
            var features = spec.Features.Inputs.Zip(inputs, (f, e) => FeatureKinds.Define(f, types.TypeOf(e.Owner, e.Expression, cancellationToken))).ToList();

            CreateParts(connection, spec, reader.IsPresent(task), cancellationToken);
            var leakage = CountShared(connection, spec, cancellationToken);
            var (definition, parts) = reader.Read(task, Parts, cancellationToken);
            connection.Execute($"CREATE TEMP VIEW labelled AS SELECT *, {FeatureSql.Value(definition)} AS __label FROM {Parts}", cancellationToken);
            var encoders = WriteExamples(connection, spec, definition, features, files, cancellationToken);
            var read = inputs.SelectMany(i => i.Expression.Columns).ToHashSet(StringComparer.Ordinal);
            var raw = spec.Data.Columns.Where(c => read.Contains(c.Name)).ToList();
            return new FeatureSet
            {
                Transform = new() { Columns = raw, Features = features, Label = definition },
                Encoders = encoders,
                Inputs = InputProfiler.Profile(connection, TrainPart, raw, cancellationToken),
                Train = parts[0],
                Validation = parts[1],
                Test = parts[2],
                Leakage = leakage,
            };
        }
        catch (DuckDbException e) when (!e.DiskFull && !e.OutOfMemory)
        {
            throw types.FindCulprit([label, .. inputs], e, cancellationToken);
        }
    }

    private static List<CheckResult> CountShared(DuckDbConnection connection, PipelineSpec spec, CancellationToken cancellationToken) =>
        [.. spec.Data.Checks.OfType<LeakageCheck>().Select(check =>
        {
            var hash = SharedExamples.HashOf(check.Key, spec.Data);
            return SharedExamples.Count(
                connection, $"SELECT {hash} AS h FROM {Parts} WHERE __part = 2", $"SELECT {hash} FROM {Parts} WHERE __part = 0", check, "training", cancellationToken);
        })];

    /// <summary>Creates the view of the labelled examples with their part: <c>__part</c> is 0 for training, 1 for validation, 2 for test.</summary>
    internal static void CreateParts(DuckDbConnection connection, PipelineSpec spec, string isPresent, CancellationToken cancellationToken)
    {
        var counts = connection.Rows($"SELECT count(*), count(*) FILTER (WHERE {isPresent}), count(*) FILTER (WHERE {isPresent} AND __key IS NOT NULL) FROM {LabelledExamples.View}", cancellationToken)[0];
        var (kept, labelled, rows) = (counts.Long(0), counts.Long(1), counts.Long(2));
        if (kept == 0) throw new FeatureBuildException("data", "no row keeps all rules.", "Compare the rules with the data.");
        if (labelled == 0)
            throw new FeatureBuildException("features.label", $"'{spec.Features.Label.Name}' is NULL in all {kept:N0} rows.", "Correct the expression, or use labelled data.");
        if (rows == 0) throw new FeatureBuildException("features.split", "no labelled row has a time.", "Split by: random.");

        var split = spec.Features.Split;
        var (train, validation) = (Border(1 - split.Test - split.Validation), Border(1 - split.Test));
        var borders = connection.Rows($"SELECT quantile_disc(__key, {train}), quantile_disc(__key, {validation}) FROM {LabelledExamples.View} WHERE {isPresent} AND __key IS NOT NULL", cancellationToken)[0];
        connection.Execute(
            string.Create(CultureInfo.InvariantCulture,
                $"CREATE TEMP VIEW {Parts} AS SELECT *, CASE WHEN __key <= {borders.Long(0)} THEN 0 WHEN __key <= {borders.Long(1)} THEN 1 ELSE 2 END AS __part FROM {LabelledExamples.View} WHERE {isPresent} AND __key IS NOT NULL"),
            cancellationToken);

        // The quantile of the last of the first k rows; half a row of room keeps rounding from moving it.
        string Border(double share) => ((Math.Max(1, Math.Round(rows * share)) - 0.5) / rows).ToString("R", CultureInfo.InvariantCulture);
    }

    private static List<CategoryEncoder> WriteExamples(
        DuckDbConnection connection, PipelineSpec spec, LabelDefinition label, List<FeatureDefinition> features, Dictionary<string, string> files,
        CancellationToken cancellationToken)
    {
        var encoders = new List<CategoryEncoder>();
        var targets = new List<TargetEncoding>();
        foreach (var (feature, method) in features.Zip(spec.Features.Inputs, (f, s) => (f, s.Encode ?? EncodingMethod.OneHot)))
        {
            if (feature.Kind is not FeatureKind.Category) continue;
            if (method is not EncodingMethod.Target)
            {
                encoders.Add(EncoderFitter.Fit(connection, feature, method, TrainPart, cancellationToken));
                continue;
            }
            if (label.Task is LearningTask.Multiclass)
            {
                throw new FeatureBuildException($"features.inputs.{feature.Name}",
                    $"target encoding needs a label that is a number or has two classes; '{label.Name}' has {label.Classes.Count}.", "Use encode: onehot.");
            }
            targets.Add(new TargetEncoding(connection, feature, targets.Count));
            encoders.Add(targets[^1].Fit(TrainPart, cancellationToken));
        }

        var values = string.Join(", ", features.Select(f => $"{FeatureSql.Value(f)} AS {Sql.Name(f.Name)}"));
        var outOfFold = string.Concat(targets.Select(t => $", {t.OutOfFold}"));
        var joins = string.Join(" ", targets.Select(t => t.Join));
        var raw = string.Join(", ", spec.Data.Columns.Select(c => Sql.Name(c.Name)));
        // Joins hand rows on as their threads come by: without the order, the same examples would train another model each time.
        Copy($"SELECT {values}{outOfFold}, __label FROM {TrainPart} {joins}{(joins.Length > 0 ? " ORDER BY __row" : "")}", FeatureSet.TrainFile);
        Copy($"SELECT {values}, __label FROM labelled WHERE __part = 1", FeatureSet.ValidationFile);
        Copy($"SELECT {raw}, __label FROM labelled WHERE __part = 2", FeatureSet.TestFile);

        var test = $"read_parquet({Sql.Text(files[FeatureSet.TestFile])}, file_row_number = true)";
        var count = connection.Rows($"SELECT count(*) FROM {test}", cancellationToken)[0].Long(0);
        var every = string.Create(CultureInfo.InvariantCulture, $"(file_row_number * {GoldenRows}) % {count} < {GoldenRows}");
        Copy($"SELECT {raw}, {TrialSpec.LabelColumn} FROM {test}{(count > GoldenRows ? $" WHERE {every}" : "")}", FeatureSet.GoldenFile);
        return encoders;

        void Copy(string query, string file) => connection.Execute($"COPY ({query}) TO {Sql.Text(files[file])} ({ParquetOptions})", cancellationToken);
    }

    private static void WriteJson<T>(string path, T value)
    {
        using var stream = File.Create(path);
        JsonSerializer.Serialize(stream, value, MlOpsJson.Indented);
    }
}
