using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Monitoring.Logging;
using MlOps.Monitoring.Reading;

namespace MlOps.Monitoring.Tests.Reading;

public sealed class NewestPredictionsTests : IDisposable
{
    private static readonly DateTimeOffset s_start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pages_of_any_size_show_every_row_once_newest_first_wherever_it_lies() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(6),
        Prop.ForAll(ArbMap.Default.ArbFor<(int Seed, PositiveInt Size)>(), (input) =>
        {
            var random = new Random(input.Seed);
            // Few distinct times, so that rows meet in them; some rows lie in a segment and in their day.
            var rows = Enumerable.Range(0, random.Next(0, 15)).Select(i => (Request: $"r{i:D2}", Time: s_start.AddHours(random.Next(0, 72)), InDay: random.Next(3))).ToList();
            var sorted = rows.Where(r => r.InDay > 0).Select(r => Line(r.Request, r.Time)).ToArray();
            var fresh = rows.Where(r => r.InDay is 0 or 2).Select(r => Line(r.Request, r.Time)).ToArray();
            var (days, segment) = (Sort(sorted), Lay("segment.jsonl", fresh));
            var expected = rows.OrderByDescending(r => r.Time).ThenBy(r => r.Request, StringComparer.Ordinal).Select(r => r.Request);
            var (size, shown) = ((input.Size.Get % 6) + 2, new List<LoggedPrediction>());
            List<LoggedPrediction> page;
            do
            {
                page = Read(new(), shown.Count is 0 ? null : PredictionPosition.TryParse(PredictionPosition.Of(shown[^1]).ToString()), size, [segment], days);
                shown.AddRange(page);
            }
            while (page.Count > 0);
            return shown.Select(r => r.Request).SequenceEqual(expected);
        }));

    [Fact]
    public void All_conditions_hold_at_once()
    {
        var days = Sort(Line("a", s_start), Line("b", s_start.AddHours(1), variant: "candidate", version: 2), Line("c", s_start.AddHours(2), status: 400), Line("d", s_start.AddDays(1)));
        var segment = Lay("segment.jsonl", Line("e", s_start.AddDays(2)), Line("e", s_start.AddDays(2), row: 1));
        string[] Shown(PredictionFilter filter) => [.. Read(filter, null, 100, [segment], days).Select(r => $"{r.Request}/{r.Row}")];
        Assert.Equal(["e/0", "e/1", "d/0", "c/-1", "b/0", "a/0"], Shown(new()));
        Assert.Equal(["d/0", "c/-1", "b/0"], Shown(new() { From = s_start.AddHours(1), To = s_start.AddDays(2) }));
        Assert.Equal(["b/0"], Shown(new() { Variant = "candidate", Version = 2 }));
        Assert.Empty(Shown(new() { Variant = "candidate", Version = 1 }));
        Assert.Equal(["e/0", "e/1"], Shown(new() { Request = "e" }));
        Assert.Equal("from 2001-03-01T01:00:00Z, version 2, without a label", new PredictionFilter { From = s_start.AddHours(1), Version = 2, Labelled = false }.ToString());
    }

    [Fact]
    public void A_row_has_what_was_logged_of_it_also_from_a_file_of_an_earlier_version()
    {
        var row = Assert.Single(Read(new(), null, 10, [Lay("segment.jsonl", Line("a", s_start, more: ""","replica":"7f","device":"edge","cpu":0.25,"memory":1048576,"temperature":55.5"""))], []));
        Assert.Equal(("7f", "edge", 0.25, 1048576L, 55.5), (row.Replica, row.Device, row.Cpu!.Value, row.Memory!.Value, row.Temperature!.Value));
        Assert.Equal((s_start, "champion", "m", 1, 200, 1.5), (row.Time, row.Variant, row.Model, row.Version, row.Status, row.LatencyMs));
        Assert.Equal(("""{"size":1}""", "[0.5]"), (row.Instance!.Value.GetRawText(), row.Scores!.Value.GetRawText()));

        Directory.CreateDirectory(_folder["old"]);
        using (var connection = Data.Native.DuckDbConnection.Open())
        {
            connection.Execute(
                $"""
                COPY (SELECT 'a' AS request, 0 AS row, TIMESTAMP '2001-03-01' AS time, TIMESTAMP '2001-03-01' AS logged, 'champion' AS variant, 'm' AS model, 1 AS version, 200 AS status,
                      1.5 AS latency_ms, 1.0 AS weight, false AS mirrored, [0.5]::FLOAT[] AS scores, '{JsonOf(1)}' AS instance) TO '{_folder["old/answers.parquet"]}' (FORMAT parquet)
                """,
                default);
        }

        var old = Assert.Single(Read(new(), null, 10, [], [_folder["old/answers.parquet"]]));
        Assert.Equal((false, null, null), (old.Probe, old.Replica, old.Cpu));
    }

    [Theory]
    [InlineData("")]
    [InlineData("%%%")]
    [InlineData("bnVsbA")]
    [InlineData("eyJ0aW1lIjo5MjIzMzcyMDM2ODU0Nzc1ODA3LCJyZXF1ZXN0IjoiYSIsInJvdyI6MCwibWlycm9yZWQiOmZhbHNlLCJ2YXJpYW50IjoiYiIsImxvZ2dlZCI6MH0")]
    public void What_is_no_token_is_none(string text) => Assert.Null(PredictionPosition.TryParse(text));

    private static List<LoggedPrediction> Read(PredictionFilter filter, PredictionPosition? after, int count, string[] segments, string[] days)
    {
        using var newest = new NewestPredictions(filter, after, count);
        foreach (var segment in segments) newest.AddSegments(segment, default);
        foreach (var day in days.OrderDescending(StringComparer.Ordinal))
        {
            if (newest.AddDay([day], [], default)) break;
        }

        return [.. newest.Rows(default)];
    }

    private string[] Sort(params string[] lines)
    {
        if (lines.Length is 0) return [];
        var sorted = Directory.CreateDirectory(_folder[Path.GetRandomFileName()]).FullName;
        return [.. AnswerSorter.Sort([Lay("to-sort.jsonl", lines)], sorted, default).Select(d => d.Path)];
    }

    private string Lay(string name, params string[] lines)
    {
        File.WriteAllLines(_folder[name], lines);
        return _folder[name];
    }

    private static string JsonOf(int size) => $$"""{"size":{{size}}}""";

    private static string Line(string request, DateTimeOffset time, int row = 0, string variant = "champion", int version = 1, int status = 200, string more = "") => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"request":"{{request}}","row":{{(status < 400 ? row : -1)}},"logged":"{{time:yyyy-MM-dd HH:mm:ss}}.000000","variant":"{{variant}}","model":"m","version":{{version}},"status":{{status}},"latency_ms":1.5,"weight":1,"mirrored":false,"probe":false{{more}},"scores":[0.5],"instance":{{JsonOf(1)}}}""");
}
