using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Tests.Features;

public sealed class FeatureComputerTests
{
    private static readonly FeatureTransform s_transform = new()
    {
        Columns =
        [
            new() { Name = "date", Type = ColumnType.Timestamp, Required = true }, new() { Name = "distance", Type = ColumnType.Int },
            new() { Name = "origin", Type = ColumnType.String }, new() { Name = "share", Type = ColumnType.Double },
            new() { Name = "flag", Type = ColumnType.Bool }, new() { Name = "day", Type = ColumnType.Date },
        ],
        Features =
        [
            new("hour", "hour(date)", FeatureKind.Number), new("distance", "distance", FeatureKind.Number),
            new("origin", "upper(origin)", FeatureKind.Category), new("inverse", "1 / share", FeatureKind.Number),
            new("flag", "flag", FeatureKind.Number), new("age", "date_diff('day', day, date)", FeatureKind.Number),
        ],
        Label = new("late", "delay >= 15", LearningTask.Binary, ["false", "true"]),
    };

    private static List<JsonElement> Rows(string json) => [.. JsonDocument.Parse(json).RootElement.EnumerateArray()];

    private static string Text(FeatureBatch batch, int row) => string.Join('|', batch.Columns.Select(c => c is NumberColumn n
        ? n.Values.Span[row].ToString()
        : $"'{((CategoryColumn)c).Values.Span[row]}'"));

    [Fact]
    public void Rows_of_a_request_become_inputs_with_missing_values_kept()
    {
        using var computer = new FeatureComputer(s_transform);
        var batch = computer.Compute(Rows("""
            [{"date":"2001-03-02T08:15:00","distance":405,"origin":"mci","share":0.5,"flag":true,"day":"2001-03-01"},
             {"date":"2001-03-02T23:15:00-02:00","distance":405.0,"share":0},
             {"origin":null,"date":"2001-03-02 07:00:00.123456Z","flag":false}]
            """), default);
        Assert.Equal("8|405|'MCI'|2|1|1", Text(batch, 0));
        Assert.Equal("1|405|''|NaN|NaN|NaN", Text(batch, 1));
        Assert.Equal("7|NaN|''|NaN|0|NaN", Text(batch, 2));
    }

    [Theory]
    [InlineData("""{"date":"2001-03-02","dest":"X"}""", "dest", "the model has no such column.")]
    [InlineData("""{"date":"2001-03-02","orgin":"X"}""", "orgin", "Did you mean 'origin'?")]
    [InlineData("""{"distance":1}""", "date", "the field is required.")]
    [InlineData("""{"date":null}""", "date", "the field is required.")]
    [InlineData("""{"date":"2 March"}""", "date", "a time stamp such as")]
    [InlineData("""{"date":978307200}""", "date", "a time stamp such as")]
    [InlineData("""{"date":"2001-03-02","distance":"405"}""", "distance", "a whole number is expected.")]
    [InlineData("""{"date":"2001-03-02","distance":1.5}""", "distance", "a whole number is expected.")]
    [InlineData("""{"date":"2001-03-02","distance":1e300}""", "distance", "a whole number is expected.")]
    [InlineData("""{"date":"2001-03-02","origin":5}""", "origin", "a text is expected.")]
    [InlineData("""{"date":"2001-03-02","share":1e999}""", "share", "a number is expected.")]
    [InlineData("""{"date":"2001-03-02","flag":1}""", "flag", "true or false is expected.")]
    [InlineData("""{"date":"2001-03-02","day":"2001-03-02T10:00:00"}""", "day", "a date such as")]
    [InlineData("""{"date":"2001-03-02","date":"2001-03-02"}""", "date", "given twice")]
    [InlineData("""[1]""", "", "an object")]
    public void A_row_that_cannot_be_used_is_named(string row, string field, string rule)
    {
        using var computer = new FeatureComputer(s_transform);
        var error = Assert.Throws<InvalidInstancesException>(() => computer.Compute(Rows($$"""[{"date":"2001-03-02"},{{row}}]"""), default));
        var first = error.Errors[0];
        Assert.Equal((1, field), (first.Row, first.Field));
        Assert.Contains(rule, first.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_request_leaves_nothing_behind_for_the_next()
    {
        using var computer = new FeatureComputer(s_transform);
        Assert.Throws<InvalidInstancesException>(() => computer.Compute(Rows("""[{"date":"2001-03-02T10:00:00","distance":1},{"x":1}]"""), default));
        var batch = computer.Compute(Rows("""[{"date":"2001-03-02T11:00:00","distance":2}]"""), default);
        Assert.Equal((1, "11|2|''|NaN|NaN|NaN"), (batch.Rows, Text(batch, 0)));
    }

    [Fact]
    public void Batches_of_every_size_around_a_chunk_keep_their_order()
    {
        using var computer = new FeatureComputer(s_transform);
        foreach (var size in new[] { 0, 1, 2047, 2048, 2049, 5000 })
        {
            var rows = Enumerable.Range(0, size).Select(i => JsonSerializer.SerializeToElement(
                new Dictionary<string, object?> { ["date"] = "2001-03-02", ["distance"] = i % 7 == 0 ? null : i, ["origin"] = $"a rather long origin {i}" })).ToList();
            var batch = computer.Compute(rows, default);
            Assert.Equal(size, batch.Rows);
            Assert.Equal(Enumerable.Range(0, size).Select(i => i % 7 == 0 ? float.NaN : i), ((NumberColumn)batch.Columns[1]).Values.ToArray());
            Assert.Equal(Enumerable.Range(0, size).Select(i => $"A RATHER LONG ORIGIN {i}"), ((CategoryColumn)batch.Columns[2]).Values.ToArray());
        }
    }

    [Fact]
    public async Task Requests_at_once_do_not_meet()
    {
        using var computer = new FeatureComputer(s_transform);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                var batch = computer.Compute(Rows($$"""[{"date":"2001-03-02","distance":{{(worker * 1000) + i}}}]"""), default);
                Assert.Equal((worker * 1000) + i, ((NumberColumn)batch.Columns[1]).Values.Span[0]);
            }
        })));
    }

    [Fact]
    public void A_transform_from_elsewhere_cannot_read_files()
    {
        var evil = s_transform with { Features = [new("x", "(SELECT content FROM read_text('/etc/passwd'))", FeatureKind.Category)] };
        Assert.Throws<ExpressionException>(() => new FeatureComputer(evil));
    }

    [Fact]
    public void A_transform_without_columns_still_gives_a_row_for_each_instance()
    {
        using var computer = new FeatureComputer(s_transform with { Columns = [], Features = [new("one", "1", FeatureKind.Number)] });
        Assert.Equal(2, computer.Compute(Rows("[{},{}]"), default).Rows);
    }

    /// <summary>The promise that matters: a row computes to the same inputs in training, in evaluation and from JSON.</summary>
    [Fact]
    public void Training_evaluation_and_serving_compute_the_same()
    {
        using var folder = new TemporaryFolder();
        var spec = RealData.FlightDelay;
        var ingested = new MlOps.Data.Ingest.DatasetIngestor().Ingest([new(RealData.Flights, "flights")], spec.Data, folder["data"], default);
        // All rows as training columns, by making the other parts as small as they can be.
        spec = spec with { Data = spec.Data with { Window = TimeSpan.FromDays(3) } };
        var set = new FeatureBuilder().Build([ingested.DataPath], spec, folder["f"], default);

        using var computer = new FeatureComputer(set.Transform);
        var evaluated = computer.ComputeParquet(folder["f/golden.parquet"], ["origin", "hour"], default).Single();
        using var connection = DuckDbConnection.Open();
        var golden = connection.Rows($"SELECT strftime(date, '%Y-%m-%dT%H:%M:%SZ'), distance, origin, destination, delay >= 15 FROM read_parquet({Sql.Text(folder["f/golden.parquet"])})", default);
        var served = computer.Compute([.. golden.Select(r => JsonSerializer.SerializeToElement(
            new Dictionary<string, object?> { ["date"] = r[0], ["distance"] = r[1], ["origin"] = r[2], ["destination"] = r[3] }))], default);

        Assert.Equal(1000, served.Rows);
        for (var row = 0; row < served.Rows; row++)
        {
            Assert.Equal(Text(evaluated.Features, row), Text(served, row));
            Assert.Equal(golden[row][4] is true ? 1 : 0, evaluated.Labels.Span[row]);
            Assert.Equal(golden[row].Text(2), evaluated.Slices["origin"].Span[row]);
        }
        Assert.All(evaluated.Slices["hour"].ToArray(), hour => Assert.InRange(double.Parse(hour), 0, 23));
    }

    [Fact]
    public void An_unknown_slice_is_named()
    {
        using var folder = new TemporaryFolder();
        using (var connection = DuckDbConnection.Open())
            connection.Execute($"COPY (SELECT now()::TIMESTAMP AS date, 1 AS distance, 'x' AS origin, 1.0 AS share, true AS flag, DATE '2001-01-01' AS day) TO {Sql.Text(folder["t.parquet"])}", default);
        using var computer = new FeatureComputer(s_transform);
        var error = Assert.Throws<ArgumentException>(() => computer.ComputeParquet(folder["t.parquet"], ["orign"], default).ToList());
        Assert.Contains("Did you mean 'origin'?", error.Message, StringComparison.Ordinal);
        Assert.True(float.IsNaN(computer.ComputeParquet(folder["t.parquet"], [], default).Single().Labels.Span[0]));
    }
}
