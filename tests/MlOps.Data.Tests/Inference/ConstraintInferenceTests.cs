using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using MlOps.Data.Inference;
using MlOps.Data.Ingest;
using MlOps.Data.Native;
using MlOps.Data.Profiling;
using MlOps.Data.Validation;

namespace MlOps.Data.Tests.Inference;

public sealed class ConstraintInferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rules_leave_room_around_the_baseline()
    {
        using (var connection = DuckDbConnection.Open())
        {
            connection.Execute(
                $"""
                COPY (SELECT i AS id, i * 16.88 AS x, -i * 1.0::DOUBLE AS neg, 'k' || i % 3 AS few, 'c' || i % 30 AS many, 'free ' || i AS text,
                             CASE WHEN i % 20 > 0 THEN i END AS gaps FROM range(1000) r(i)) TO {Sql.Text(_folder["d.parquet"])} (FORMAT parquet)
                """, default);
        }
        var data = new DataSpec
        {
            Columns =
            [
                new() { Name = "id", Type = ColumnType.Int }, new() { Name = "x", Type = ColumnType.Double, Max = 1e6 }, new() { Name = "neg", Type = ColumnType.Double },
                new() { Name = "few", Type = ColumnType.String }, new() { Name = "many", Type = ColumnType.String }, new() { Name = "text", Type = ColumnType.String },
                new() { Name = "gaps", Type = ColumnType.Int },
            ],
        };
        var inferred = ConstraintInference.Infer(new DatasetProfiler().Profile(_folder["d.parquet"], data, null, default), data);
        ColumnSpec Column(string name) => inferred.Columns.Single(c => c.Name == name);
        Assert.Equal((true, 0, 1500), (Column("id").Required, Column("id").Min, Column("id").Max));
        Assert.Equal((null, 1e6), (Column("x").Min, Column("x").Max));
        Assert.Equal((-1500, 0), (Column("neg").Min, Column("neg").Max));
        Assert.Equal(["k0", "k1", "k2"], Column("few").Values);
        Assert.Equal(60, Column("many").MaxDistinct);
        Assert.Equal((null, null), (Column("text").Values, Column("text").MaxDistinct));
        Assert.False(Column("gaps").Required);
        Assert.Equal([new RowsCheck(500, null), new MissingCheck("gaps", 0.11)], inferred.Checks);
    }

    [Fact]
    public void What_is_inferred_from_penguins_reads_back_and_lets_penguins_pass()
    {
        var bare = RealData.PenguinSpecies.Data with { Columns = [.. RealData.PenguinSpecies.Data.Columns.Select(c => new ColumnSpec { Name = c.Name, Type = c.Type })] };
        var ingested = new DatasetIngestor().Ingest([new(RealData.Penguins, "penguins.json")], bare, _folder["out"], default);
        var inferred = ConstraintInference.Infer(new DatasetProfiler().Profile(ingested.DataPath, bare, null, default), bare);
        var verdict = new DatasetValidator().Validate(ingested.DataPath, ingested, inferred, _folder["q/rows.parquet"], default);
        Assert.True(verdict.Passed, verdict.Reason);
        Assert.Equal(0, verdict.Quarantined);
        Assert.Equal(Json(inferred), Json(ReadBack(inferred)));
    }

    [Fact]
    public void Every_rule_and_check_is_written_so_that_it_reads_back()
    {
        var data = new DataSpec
        {
            Columns =
            [
                new() { Name = "a: \"b\" #", Type = ColumnType.String, Required = true, Values = ["no", "5", "it's", "é"], MaxDistinct = 9 },
                new() { Name = "p", Type = ColumnType.String, Pattern = "^[A-Z]{3}\\d$" },
                new() { Name = "n", Type = ColumnType.Int, Min = -1.5, Max = 1e12 }, new() { Name = "t", Type = ColumnType.Timestamp },
            ],
            Checks =
            [
                new RowsCheck(1, 2), new MissingCheck("p", 0.25), new QuarantinedCheck(0.1) { Severity = CheckSeverity.Warn }, new UniqueCheck(["a: \"b\" #", "n"]),
                new FreshnessCheck("t", TimeSpan.FromMinutes(90)), new BalanceCheck("p", 0.05), new QuantileCheck("n", 0.5, null, 3), new MonotonicCheck("t"),
                new OutliersCheck(["n"], 0.01, OutlierMethod.ZScore), new SqlCheck("n > 1 AND p <> 'x: y'"),
                new OutliersCheck(["n"], 0.01, OutlierMethod.Isolation), new DriftCheck(DriftBaseline.Champion, 0.2), new CorrelationCheck(DriftBaseline.Champion, 0.25),
                new LeakageCheck(0.95, 0.05, []), new LeakageCheck(0.9, 0, ["n", "p"]),
            ],
        };
        Assert.Equal(Json(data), Json(ReadBack(data)));
    }

    /// <summary>The pipelines of the repository, whose files have comments, columns on lines and lists in both styles.</summary>
    [Theory]
    [InlineData("flight-delay", "flights-3m.parquet", "SELECT * FROM read_parquet({0}) LIMIT 20000")]
    [InlineData("penguins", "penguins.json", "SELECT * FROM read_json_auto({0})")]
    [InlineData("car-mileage", "cars.json", "SELECT * FROM read_json_auto({0})")]
    public void Rules_are_added_to_a_shipped_pipeline_beside_what_they_are_about(string name, string file, string query)
    {
        var text = File.ReadAllText(RealData.WorkflowFile(name));
        var read = PipelineSpecReader.Read(text, "p").Data;
        using (var connection = DuckDbConnection.Open())
            connection.Execute($"COPY ({string.Format(null, query, Sql.Text(RealData.Find(file)))}) TO {Sql.Text(_folder["in.parquet"])} (FORMAT parquet)", default);
        var ingested = new DatasetIngestor().Ingest([new(_folder["in.parquet"], "in.parquet")], read, _folder["out"], default);
        var inferred = ConstraintInference.Infer(new DatasetProfiler().Profile(ingested.DataPath, read, null, default), read);

        var edited = DataSpecYaml.AddTo(text, read, inferred);
        Assert.Equal(Json(inferred), Json(PipelineSpecReader.Read(edited, "p").Data));
        Assert.NotEqual(text, edited);
        Assert.Equal(text.Split('\n').Count(l => l.Contains('#', StringComparison.Ordinal)), edited.Split('\n').Count(l => l.Contains('#', StringComparison.Ordinal)));
        // What was there is there still, in its order: the new text is the old one with insertions.
        var at = 0;
        foreach (var character in text) at = edited.IndexOf(character, at) is >= 0 and var place ? place + 1 : throw new InvalidOperationException($"'{character}' is lost.");
        Assert.Equal(edited, DataSpecYaml.AddTo(edited, inferred, ConstraintInference.Infer(new DatasetProfiler().Profile(ingested.DataPath, inferred, null, default), inferred)));
    }

    private static string Json(DataSpec data) => JsonSerializer.Serialize(data, MlOpsJson.Compact);

    /// <summary>Adds all rules to a file that declares the bare columns, and reads it.</summary>
    private static DataSpec ReadBack(DataSpec data)
    {
        var columns = string.Concat(data.Columns.Select(c => $"\n    {JsonSerializer.Serialize(c.Name)}: {{ type: {c.Type.ToString().ToLowerInvariant()} }}"));
        var text =
            $$"""
            name: x
            data:
              columns:{{columns}}
            features:
              label: { name: y, sql: "1 > 0", task: binary }
              inputs: { z: { sql: "1" } }
              split: { by: random }
            training:
              search: { maximize: auc }
              trainers: [ { trainer: xgboost } ]
            """;
        return PipelineSpecReader.Read(DataSpecYaml.AddTo(text, PipelineSpecReader.Read(text, "p").Data, data), "p").Data;
    }
}
