using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Ingest;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Tests.Features;

public sealed class FeatureBuilderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static PipelineSpec Spec(string label, params FeatureSpec[] inputs) => RealData.Pipeline(
        "p",
        new DataSpec
        {
            Columns =
            [
                new() { Name = "at", Type = ColumnType.Timestamp }, new() { Name = "x", Type = ColumnType.Int, Max = 1000 },
                new() { Name = "c", Type = ColumnType.String }, new() { Name = "y", Type = ColumnType.Double },
            ],
        },
        new FeaturesSpec
        {
            Label = new("label", label),
            Inputs = inputs.Length > 0 ? inputs : [new("x", "x")],
            Split = new() { By = SplitMethod.Time, Column = "at" },
        });

    // Rows 0 .. n-1, one a minute.
    private string Data(int rows, Func<int, string>? category = null, Func<int, string>? y = null, int from = 0)
    {
        var lines = Enumerable.Range(from, rows).Select(i =>
            $"{new DateTime(2001, 1, 1).AddMinutes(i):yyyy-MM-dd HH:mm:ss},{i},{category?.Invoke(i) ?? "c" + (i % 3)},{y?.Invoke(i) ?? (i % 2).ToString()}");
        _folder.Write($"{from}.csv", $"at,x,c,y\n{string.Join('\n', lines)}\n");
        return new DatasetIngestor().Ingest([new(_folder[$"{from}.csv"], "d.csv")], Spec("x").Data, _folder[$"data{from}"], default).DataPath;
    }

    private FeatureSet Build(PipelineSpec spec, params string[] paths) => new FeatureBuilder().Build(paths, spec, _folder["out"], default);

    private IReadOnlyList<DuckDbRow> Query(string file, string select, string rest = "")
    {
        using var connection = DuckDbConnection.Open();
        return connection.Rows($"SELECT {select} FROM read_parquet({Sql.Text(_folder["out/" + file])}) {rest}", default);
    }

    [Fact]
    public void Split_by_time_gives_the_shares_in_the_order_of_time()
    {
        var set = Build(Spec("y > 0"), Data(100));
        Assert.Equal((70, 10, 20), (set.Train.Rows, set.Validation.Rows, set.Test.Rows));
        Assert.Equal(new DateTime(2001, 1, 1, 1, 9, 0, DateTimeKind.Utc), set.Train.To);
        Assert.Equal(new DateTime(2001, 1, 1, 1, 10, 0, DateTimeKind.Utc), set.Validation.From);
        Assert.Equal(Enumerable.Range(0, 70).Select(i => (double)i), Query("train.parquet", "x").Select(r => r.Double(0)));
        Assert.Equal(Enumerable.Range(80, 20).Select(i => (long)i), Query("test.parquet", "x").Select(r => r.Long(0)));
    }

    [Fact]
    public void Rows_of_one_instant_are_never_divided()
    {
        _folder.Write("t.csv", "at,x,c,y\n" + string.Join('\n', Enumerable.Range(0, 100).Select(i => $"2001-01-{1 + (i / 15):00},{i},c,{i % 2}")) + "\n");
        var data = new DatasetIngestor().Ingest([new(_folder["t.csv"], "t.csv")], Spec("x").Data, _folder["data"], default).DataPath;
        var set = Build(Spec("y > 0"), data);
        Assert.True(set.Train.To < set.Validation.From && set.Validation.To < set.Test.From);
        Assert.Equal(100, set.Train.Rows + set.Validation.Rows + set.Test.Rows);
        Assert.Equal((75, 15, 10), (set.Train.Rows, set.Validation.Rows, set.Test.Rows));
    }

    [Fact]
    public void A_random_split_has_the_same_shares_and_follows_its_seed()
    {
        var data = Data(1000);
        PipelineSpec Seeded(int seed) => Spec("y > 0") is var s ? s with { Features = s.Features with { Split = new() { By = SplitMethod.Random, Seed = seed } } } : s;
        var first = Build(Seeded(1), data);
        Assert.Equal((700, 100, 200), (first.Train.Rows, first.Validation.Rows, first.Test.Rows));
        var rows = Query("test.parquet", "x").Select(r => r.Long(0)).ToList();
        // Mean of 200 of 0..999 drawn at random: 499.5, give or take 4.5 standard errors.
        Assert.InRange(rows.Average(), 499.5 - 83, 499.5 + 83);
        Build(Seeded(1), data);
        Assert.Equal(rows, Query("test.parquet", "x").Select(r => r.Long(0)));
        Build(Seeded(2), data);
        Assert.NotEqual(rows, Query("test.parquet", "x").Select(r => r.Long(0)));
    }

    [Fact]
    public void The_same_data_gives_the_same_examples_in_the_same_order_however_many_threads_make_them()
    {
        // Real flights: enough rows for several threads, and ties in time.
        var spec = RealData.FlightDelay;
        var data = new DatasetIngestor().Ingest([new(RealData.Flights, "flights.parquet")], spec.Data, _folder["flights"], default).DataPath;
        string HashOf(int threads)
        {
            new FeatureBuilder(new DuckDbOptions { Threads = threads }).Build([data], spec, _folder["out"], default);
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_folder["out/train.parquet"])));
        }

        var alone = HashOf(1);
        for (var i = 0; i < 3; i++) Assert.Equal(alone, HashOf(4));
    }

    [Fact]
    public void Target_values_are_the_m_estimate_of_the_training_part()
    {
        // Training part: rows 0..69; category a (x < 40): labels 0 1 0 1 ... = 20 of 40; b (40..69): always 1 = 30 of 30.
        var data = Data(100, i => i < 40 ? "a" : "b", i => i < 40 ? (i % 2).ToString() : "1");
        var set = Build(Spec("y > 0", new FeatureSpec("c", "c", EncodingMethod.Target)), data);
        var encoder = Assert.Single(set.Encoders);
        Assert.Equal(["a", "b"], encoder.Categories);
        const double mean = 50.0 / 70;
        Assert.Equal((20 + (20 * mean)) / 60, encoder.Values[0], 1e-6);
        Assert.Equal((30 + (20 * mean)) / 50, encoder.Values[1], 1e-6);
        Assert.Equal(mean, encoder.Default, 1e-6);
        Assert.Equal("__target_c", encoder.TrainColumn);
    }

    [Fact]
    public void A_training_example_is_encoded_without_its_own_label()
    {
        // Every category occurs once: without its own fold nothing is known of it but the others' mean.
        var data = Data(100, i => $"only{i:000}");
        var set = Build(Spec("y > 0", new FeatureSpec("c", "c", EncodingMethod.Target)), data);
        var rows = Query("train.parquet", "__target_c, __label").Select(r => (Target: r.Double(0), Label: r.Double(1))).ToList();
        var byFold = rows.GroupBy(r => r.Target).ToList();
        Assert.InRange(byFold.Count, 2, 5);
        foreach (var fold in byFold)
        {
            var others = rows.Where(r => r.Target != fold.Key).ToList();
            if (byFold.Count == 5) Assert.Equal(others.Average(r => r.Label), fold.Key, 1e-6);
        }
        Assert.Equal(70, set.Encoders[0].Categories.Count);
    }

    [Fact]
    public void One_hot_ordinal_and_missing_categories()
    {
        var data = Data(100, i => (i % 4) switch { 0 => "", 1 => "é", 2 => "a", _ => "Z" });
        var set = Build(Spec("y > 0", new FeatureSpec("c", "c"), new FeatureSpec("o", "c", EncodingMethod.Ordinal), new FeatureSpec("n", "x % 2", EncodingMethod.OneHot)), data);
        Assert.Equal(["", "Z", "a", "é"], set.Encoders[0].Categories);
        Assert.Equal((EncodingMethod.OneHot, 4), (set.Encoders[0].Method, set.Encoders[0].Width));
        Assert.Equal([0f, 1f, 2f, 3f], set.Encoders[1].Values);
        Assert.Equal(-1, set.Encoders[1].Default);
        Assert.Equal(["0", "1"], set.Encoders[2].Categories);
        Assert.Equal(["", "é"], Query("train.parquet", "c", "LIMIT 2").Select(r => r.Text(0)));
    }

    [Fact]
    public void Missing_and_infinite_numbers_are_null()
    {
        Build(Spec("y > 0", new FeatureSpec("inv", "1 / (x % 2)"), new FeatureSpec("nothing", "nullif(x % 2, 1)"), new FeatureSpec("huge", "1e300 * (x % 2)")), Data(100));
        Assert.Equal([(null, 0.0, 0.0), (1.0, null, null)], Query("train.parquet", "inv, nothing, huge", "LIMIT 2").Select(r => ((double?)r[0], (double?)r[1], (double?)r[2])));
    }

    [Fact]
    public void Only_rows_that_break_no_rule_and_have_a_label_are_used()
    {
        var set = Build(Spec("CASE WHEN x % 10 < 9 THEN y > 0 END"), Data(1200));
        Assert.Equal(901, set.Train.Rows + set.Validation.Rows + set.Test.Rows);
    }

    [Fact]
    public void The_window_reaches_back_from_the_newest_time_over_several_versions()
    {
        var (old, mid, young) = (Data(100), Data(100, from: 100), Data(100, from: 200));
        var spec = Spec("y > 0");
        Assert.Equal(100, Total(Build(spec, old, mid, young)));
        Assert.Equal(151, Total(Build(spec with { Data = spec.Data with { Window = TimeSpan.FromMinutes(150) } }, old, mid, young)));
        Assert.Equal(300, Total(Build(spec with { Data = spec.Data with { Window = TimeSpan.FromDays(1) } }, old, mid, young)));

        static long Total(FeatureSet set) => set.Train.Rows + set.Validation.Rows + set.Test.Rows;
    }

    [Theory]
    [InlineData("y > 0", LearningTask.Binary, "false,true")]
    [InlineData("c", LearningTask.Multiclass, "c0,c1,c2")]
    [InlineData("CASE WHEN y > 0 THEN 'yes' ELSE 'no' END", LearningTask.Binary, "no,yes")]
    [InlineData("x * 0.5", LearningTask.Regression, "")]
    public void The_task_follows_from_the_type_of_the_label(string sql, LearningTask task, string classes)
    {
        var set = Build(Spec(sql), Data(100));
        Assert.Equal(task, set.Transform.Label.Task);
        Assert.Equal(classes, string.Join(',', set.Transform.Label.Classes));
        Assert.Equal(task switch { LearningTask.Binary => 1, LearningTask.Multiclass => 2, _ => 34.5 }, Query("train.parquet", "max(__label)")[0].Double(0));
    }

    [Fact]
    public void A_declared_task_makes_classes_of_numbers()
    {
        var spec = Spec("x % 3");
        var set = Build(spec with { Features = spec.Features with { Label = spec.Features.Label with { Task = LearningTask.Multiclass } } }, Data(100));
        Assert.Equal(["0", "1", "2"], set.Transform.Label.Classes);
        Assert.Equal([0.0, 1.0, 2.0, 0.0], Query("train.parquet", "__label", "LIMIT 4").Select(r => r.Double(0)));
    }

    [Theory]
    [InlineData("y > 5", "only the class 'false' in all 100 examples")]
    [InlineData("x >= 90", "only the class 'false' in the 70 examples of the training part")]
    [InlineData("CASE WHEN x < 30 THEN 'a' WHEN x < 75 THEN 'b' ELSE 'c' END", "the class 'c' of 'label' is not in the training part, only in validation")]
    [InlineData("CASE WHEN x < 0 THEN 1 END", "is NULL in all 100 rows")]
    [InlineData("\"at\"", "is of type TIMESTAMP")]
    public void A_label_that_cannot_be_learned_is_named(string sql, string problem)
    {
        var error = Assert.Throws<FeatureBuildException>(() => Build(Spec(sql), Data(100)));
        Assert.Equal("features.label", error.Subject);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
    }

    [Fact]
    public void Target_encoding_of_several_classes_proposes_one_hot()
    {
        var error = Assert.Throws<FeatureBuildException>(() => Build(Spec("c", new FeatureSpec("t", "c", EncodingMethod.Target)), Data(100)));
        Assert.Contains("Use encode: onehot.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hour(z)", "features.inputs.f: 'hour(z)', column 6: there is no column 'z'.")]
    [InlineData("hour(c)", "features.inputs.f: 'hour(c)', column 1:")]
    [InlineData("CAST(c AS INTEGER)", "features.inputs.f: 'CAST(c AS INTEGER)', column 1: Could not convert string 'c0' to INT32")]
    public void An_expression_that_fails_is_named(string sql, string message)
    {
        var error = Assert.Throws<ExpressionException>(() => Build(Spec("y > 0", new FeatureSpec("ok", "x"), new FeatureSpec("f", sql)), Data(100)));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_stamp_as_a_feature_is_refused_with_a_proposal()
    {
        var error = Assert.Throws<FeatureBuildException>(() => Build(Spec("y > 0", new FeatureSpec("f", "\"at\"")), Data(100)));
        Assert.Contains("hour(…)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_documents_are_written_and_name_the_columns_that_a_request_carries()
    {
        var set = Build(Spec("y > 0", new FeatureSpec("f", "x + length(c)")), Data(100));
        var transform = JsonSerializer.Deserialize<FeatureTransform>(File.ReadAllText(_folder["out/features.json"]), MlOpsJson.Indented)!;
        Assert.Equal(["x", "c"], transform.Columns.Select(c => c.Name));
        Assert.Equal(set.Transform.Features, transform.Features);
        Assert.Equal("[]", File.ReadAllText(_folder["out/encoders.json"]));
    }

    [Fact]
    public void Golden_rows_are_evenly_spread_raw_rows_of_the_test_part()
    {
        Build(RealDataWithoutRules(), Data(9000));
        Assert.Equal(1000, Query("golden.parquet", "count(*)")[0].Long(0));
        Assert.Equal((7200.0, 8999.0), Query("golden.parquet", "CAST(min(x) AS DOUBLE), CAST(max(x) AS DOUBLE)").Select(r => (r.Double(0), r.Double(1))).Single());

        PipelineSpec RealDataWithoutRules() => Spec("y > 0") is var s ? s with { Data = s.Data with { Columns = [.. s.Data.Columns.Select(c => c with { Max = null })] } } : s;
    }

    [Fact]
    public void The_same_data_gives_the_same_bytes()
    {
        var data = Data(1000);
        var spec = Spec("y > 0", new FeatureSpec("c", "c", EncodingMethod.Target), new FeatureSpec("x", "x"));
        Build(spec, data);
        var first = Directory.GetFiles(_folder["out"]).Order().Select(File.ReadAllBytes).ToList();
        Build(spec, data);
        Assert.Equal(first, Directory.GetFiles(_folder["out"]).Order().Select(File.ReadAllBytes));
    }
}
