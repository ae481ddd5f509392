using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Specification.Reading;

/// <summary>What a file means. What is refused is in <see cref="PipelineProblemsTests"/>.</summary>
public class PipelineSpecReaderTests
{
    [Fact]
    public void Every_key_of_a_full_file_arrives()
    {
        var spec = Read(
            """
            name: flight-delay
            description: Will it be late?
            owner: ops@example.com
            triggers: { blob: incoming/ours/, schedule: "0 0 6 * * MON" }
            data:
              window: 90d
              columns:
                date: { type: timestamp, required: true }
                day: { type: date }
                delay: { type: int, min: -120, max: 1440 }
                fare: { type: double, min: 0.5 }
                refund: { type: bool }
                origin: { type: string, maxDistinct: 400, pattern: '^[A-Z]{3}$' }
                carrier: { type: string, values: [AA, no, 5] }
              checks:
                - { check: rows, min: 1000, max: 5000000 }
                - { check: missing, column: delay, max: 0.05 }
                - { check: quarantined, max: 0.1 }
              invalidRows: fail
            features:
              label: { name: late, sql: delay >= 15, task: binary }
              inputs:
                hour:
                  sql: |
                    hour(date)
                carrier: { encode: onehot }
                origin: { encode: ordinal }
                destination group: { sql: upper(origin), encode: target }
                fare:
              split: { by: time, column: day, test: 0.3, validation: 0.2, seed: 9 }
            training:
              compute: local
              timeout: 30m
              search: { method: random, trials: 12, parallel: 3, minimize: logLoss, seed: 4 }
              trainers:
                - { trainer: xgboost, booster: [gbtree, forest], max_depth: 4..8, eta: log(0.03..0.3), subsample: 0.5..1.0, rounds: 200, max_bin: [64, 256] }
                - { trainer: xgboost, booster: gblinear }
            evaluation: { metrics: [auc, logLoss], slices: [origin, hour] }
            gates: [auc >= 0.65, logLoss < champion.logLoss + 0.01, auc > champion.auc with 97.5 % confidence, latencyP99 <= 500us]
            approval: { approvers: [lead@example.com], timeout: 1d12h, onTimeout: approve }
            release: { endpoint: delays, strategy: allAtOnce }
            example: { source: vega-datasets/data/flights-3m.parquet, partition: "strftime(date, '%Y-%m')", drop: 2 }
            """);

        Assert.Equal(("flight-delay", "Will it be late?", "ops@example.com"), (spec.Name, spec.Description, spec.Owner));
        Assert.Equal(new TriggerSpec { Blob = "incoming/ours/", Schedule = "0 0 6 * * MON" }, spec.Triggers);

        Assert.Equal(TimeSpan.FromDays(90), spec.Data.Window);
        Assert.Equal(InvalidRowPolicy.Fail, spec.Data.InvalidRows);
        Assert.Equal(["date", "day", "delay", "fare", "refund", "origin", "carrier"], spec.Data.Columns.Select(c => c.Name));
        Assert.Equal(
            [ColumnType.Timestamp, ColumnType.Date, ColumnType.Int, ColumnType.Double, ColumnType.Bool, ColumnType.String, ColumnType.String],
            spec.Data.Columns.Select(c => c.Type));
        Assert.Equal(new ColumnSpec { Name = "date", Type = ColumnType.Timestamp, Required = true }, spec.Data.Columns[0]);
        Assert.Equal(new ColumnSpec { Name = "delay", Type = ColumnType.Int, Min = -120, Max = 1440 }, spec.Data.Columns[2]);
        Assert.Equal(new ColumnSpec { Name = "fare", Type = ColumnType.Double, Min = 0.5 }, spec.Data.Columns[3]);
        Assert.Equal(new ColumnSpec { Name = "origin", Type = ColumnType.String, Pattern = "^[A-Z]{3}$", MaxDistinct = 400 }, spec.Data.Columns[5]);
        // 'no' and '5' are the texts that were written, whatever YAML makes of them elsewhere.
        Assert.Equal(["AA", "no", "5"], spec.Data.Columns[6].Values);
        Assert.Equal([new RowsCheck(1000, 5_000_000), new MissingCheck("delay", 0.05), new QuarantinedCheck(0.1)], spec.Data.Checks);

        Assert.Equal(new LabelSpec("late", "delay >= 15", LearningTask.Binary), spec.Features.Label);
        Assert.Equal(
            [
                new("hour", "hour(date)"), new("carrier", "\"carrier\"", EncodingMethod.OneHot), new("origin", "\"origin\"", EncodingMethod.Ordinal),
                new("destination group", "upper(origin)", EncodingMethod.Target), new("fare", "\"fare\""),
            ],
            spec.Features.Inputs);
        Assert.Equal(new SplitSpec { By = SplitMethod.Time, Column = "day", Test = 0.3, Validation = 0.2, Seed = 9 }, spec.Features.Split);

        Assert.Equal(TimeSpan.FromMinutes(30), spec.Training.Timeout);
        Assert.Equal(new SearchSpec { Trials = 12, Parallel = 3, Metric = "logLoss", Maximize = false, Seed = 4 }, spec.Training.Search);
        var trees = spec.Training.Trainers[0].Parameters;
        Assert.Equal(["gbtree", "forest"], Assert.IsType<Choice>(trees["booster"]).Values);
        Assert.Equal(new IntRange(4, 8), trees["max_depth"]);
        Assert.Equal(new DoubleRange(0.03, 0.3, Log: true), trees["eta"]);
        Assert.Equal(new DoubleRange(0.5, 1, Log: false), trees["subsample"]);
        Assert.Equal(new FixedValue("200"), trees["rounds"]);
        Assert.Equal(["64", "256"], Assert.IsType<Choice>(trees["max_bin"]).Values);
        Assert.Equal(6, trees.Count);
        Assert.Equal("gblinear", Assert.IsType<FixedValue>(Assert.Single(spec.Training.Trainers[1].Parameters).Value).Value);

        Assert.Equal(["auc", "logLoss"], spec.Evaluation.Metrics);
        Assert.Equal(["origin", "hour"], spec.Evaluation.Slices);
        Assert.Equal(
            [
                new() { Text = "auc >= 0.65", Metric = "auc", Comparison = GateComparison.AtLeast, Constant = 0.65 },
                new() { Text = "logLoss < champion.logLoss + 0.01", Metric = "logLoss", Comparison = GateComparison.LessThan, ChampionMetric = "logLoss", Constant = 0.01 },
                new() { Text = "auc > champion.auc with 97.5 % confidence", Metric = "auc", Comparison = GateComparison.MoreThan, ChampionMetric = "auc", Confidence = 0.975 },
                new() { Text = "latencyP99 <= 500us", Metric = "latencyP99", Comparison = GateComparison.AtMost, Constant = 0.5 },
            ],
            spec.Gates);
        Assert.Equal(["lead@example.com"], spec.Approval!.Approvers);
        Assert.Equal((TimeSpan.FromHours(36), TimeoutPolicy.Approve), (spec.Approval.Timeout, spec.Approval.OnTimeout));
        Assert.Equivalent(new ReleaseSpec { Endpoint = "delays" }, spec.Release);
        Assert.Equal(new ExampleSpec { Source = "vega-datasets/data/flights-3m.parquet", Partition = "strftime(date, '%Y-%m')", Drop = 2 }, spec.Example);
    }

    [Fact]
    public void Every_check_is_read_with_its_severity()
    {
        var spec = PipelineSpecReader.Read(PipelineText.With("    - { check: rows, min: 1000 }\n", """
                - { check: unique, columns: [date, origin], severity: warn }
                - { check: freshness, column: date, maxAge: 36h }
                - { check: balance, column: origin, min: 0.05 }
                - { check: quantile, column: delay, at: 0.9, max: 60 }
                - { check: monotonic, column: date }
                - { check: outliers, column: delay, max: 0.1 }
                - { check: outliers, column: delay, method: zscore, max: 0.01 }
                - { check: sql, sql: "delay > -60", severity: warn }
                - { check: outliers, columns: [delay], method: isolation, max: 0.03 }
                - { check: correlation, max: 0.3 }
                - { check: leakage }
                - { check: leakage, max: 0.9, maxShared: 0, key: [date, origin], severity: warn }

            """), "p");
        Assert.Equal(["date", "origin"], Assert.IsType<UniqueCheck>(spec.Data.Checks[0]).Columns);
        Assert.Equal(CheckSeverity.Warn, spec.Data.Checks[0].Severity);
        Assert.Equal(
            [
                new FreshnessCheck("date", TimeSpan.FromHours(36)), new BalanceCheck("origin", 0.05), new QuantileCheck("delay", 0.9, null, 60), new MonotonicCheck("date"),
            ],
            spec.Data.Checks.Skip(1).Take(4));
        Assert.Equal(
            [("delay", 0.1, OutlierMethod.Iqr), ("delay", 0.01, OutlierMethod.ZScore), ("delay", 0.03, OutlierMethod.Isolation)],
            spec.Data.Checks.OfType<OutliersCheck>().Select(o => (string.Join(' ', o.Columns), o.Max, o.Method)));
        Assert.Equal(new SqlCheck("delay > -60") { Severity = CheckSeverity.Warn }, spec.Data.Checks.OfType<SqlCheck>().Single());
        Assert.Equal(new CorrelationCheck(DriftBaseline.Champion, 0.3), spec.Data.Checks.OfType<CorrelationCheck>().Single());
        Assert.Equal(
            [(0.95, 0.05, "", CheckSeverity.Fail), (0.9, 0, "date origin", CheckSeverity.Warn)],
            spec.Data.Checks.OfType<LeakageCheck>().Select(l => (l.Max, l.MaxShared, string.Join(' ', l.Key), l.Severity)));
    }

    [Fact]
    public void What_a_short_file_leaves_out_has_its_default()
    {
        var spec = Read(
            """
            name: cars
            data: { columns: { mpg: { type: double }, "weight (1,000 lbs)": { type: double }, said "so": { type: string } } }
            features:
              label: { name: mileage, sql: mpg, task: regression }
              inputs: { "weight (1,000 lbs)": {}, said "so": {} }
            """);
        Assert.Equal(("", ""), (spec.Description, spec.Owner));
        Assert.Equal(new TriggerSpec { Blob = "incoming/cars/" }, spec.Triggers);
        Assert.Null(spec.Data.Window);
        Assert.Empty(spec.Data.Checks);
        Assert.Equal(InvalidRowPolicy.Quarantine, spec.Data.InvalidRows);
        Assert.Equal(["\"weight (1,000 lbs)\"", "\"said \"\"so\"\"\""], spec.Features.Inputs.Select(i => i.Sql));
        Assert.Equal(new SplitSpec { By = SplitMethod.Random }, spec.Features.Split);
        Assert.Equal(new SearchSpec { Metric = "rmse", Maximize = false }, spec.Training.Search);
        Assert.Equal(TimeSpan.FromHours(1), spec.Training.Timeout);
        Assert.Equal("xgboost", Assert.Single(spec.Training.Trainers).Trainer);
        Assert.Empty(spec.Evaluation.Metrics);
        Assert.Empty(spec.Evaluation.Slices);
        Assert.Empty(spec.Gates);
        Assert.Null(spec.Approval);
        Assert.Equivalent(new ReleaseSpec { Endpoint = "cars" }, spec.Release);
        Assert.Null(spec.Example);
    }

    [Fact]
    public void A_declared_time_column_makes_the_split_one_by_time()
    {
        var split = Read(PipelineText.With("  split: { by: time, test: 0.2 }\n", "")).Features.Split;
        Assert.Equal(new SplitSpec { By = SplitMethod.Time, Column = "date" }, split);
    }

    [Theory]
    [InlineData("multiclass", "logLoss", false)]
    [InlineData("binary", "auc", true)]
    [InlineData("regression", "rmse", false)]
    public void The_task_decides_what_a_search_without_a_metric_looks_for(string task, string metric, bool maximize)
    {
        var text = PipelineText.With("task: binary", $"task: {task}")
            .Replace(", maximize: auc", "", StringComparison.Ordinal).Replace("gates:\n  - auc >= 0.65", "", StringComparison.Ordinal).Replace("encode: target", "encode: onehot", StringComparison.Ordinal);
        var search = Read(text).Training.Search;
        Assert.Equal((metric, maximize), (search.Metric, search.Maximize));
    }

    [Theory]
    [InlineData("4", "fixed 4")]
    [InlineData("4..8", "int 4 8")]
    [InlineData("4..4", "int 4 4")]
    [InlineData("[4, 6]", "choice 4 6")]
    public void A_whole_parameter_is_a_value_a_range_or_a_list(string written, string expected) =>
        Assert.Equal(expected, Describe(Read(PipelineText.With("max_depth: 4..8", $"max_depth: {written}")).Training.Trainers[0].Parameters["max_depth"]));

    [Theory]
    [InlineData("0.1", "fixed 0.1")]
    [InlineData("1e-2", "fixed 1e-2")]
    [InlineData("0.1..1", "double 0.1 1")]
    [InlineData("1e-3..0.3", "double 0.001 0.3")]
    [InlineData("log(0.001..1)", "log 0.001 1")]
    [InlineData("log( 1e-3 .. 1 )", "log 0.001 1")]
    [InlineData("0..1", "int 0 1")]
    public void A_real_parameter_has_even_and_logarithmic_ranges(string written, string expected) =>
        Assert.Equal(expected, Describe(Read(PipelineText.With("max_depth: 4..8", $"eta: {written}")).Training.Trainers[0].Parameters["eta"]));

    [Theory]
    [InlineData("90d", 90 * 24 * 3600)]
    [InlineData("2w", 14 * 24 * 3600)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5h", 5400)]
    [InlineData("90s", 90)]
    [InlineData("1500ms", 1.5)]
    [InlineData("\"90d\"", 90 * 24 * 3600)]
    public void A_duration_is_numbers_with_units(string written, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Read(PipelineText.With("data:\n", $"data:\n  window: {written}\n")).Data.Window);

    [Fact]
    public void Bytes_may_begin_with_a_mark_and_comments_are_no_content()
    {
        var bytes = new byte[] { 0xEF, 0xBB, 0xBF }.Concat(System.Text.Encoding.UTF8.GetBytes($"# ü\n---\n{PipelineText.Small}\n...\n")).ToArray();
        Assert.Equal("flights", PipelineSpecReader.Read(bytes, "pipeline.yaml").Name);
    }

    [Fact]
    public void Windows_line_ends_mean_the_same() =>
        Assert.Equal("flights", Read(PipelineText.Small.ReplaceLineEndings("\r\n")).Name);

    private static PipelineSpec Read(string text) => PipelineSpecReader.Read(text, "pipeline.yaml");

    private static string Describe(ParameterRange range) => range switch
    {
        FixedValue value => $"fixed {value.Value}",
        IntRange whole => $"int {whole.Min} {whole.Max}",
        DoubleRange { Log: true } real => $"log {real.Min} {real.Max}",
        DoubleRange real => $"double {real.Min} {real.Max}",
        Choice choice => $"choice {string.Join(' ', choice.Values)}",
        _ => throw new InvalidOperationException(),
    };
}
