using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Json;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Monitoring.Labels;
using MlOps.Monitoring.Logging;

namespace MlOps.Monitoring.Tests.Labels;

public sealed class LabelJoinTests : IDisposable
{
    private static readonly DateTimeOffset s_monday = new(2001, 3, 5, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _standing = [];
    private readonly List<string> _waiting = [];
    private readonly List<string> _answers = [];
    private readonly List<string> _corrections = [];
    private int _joins;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Labels_find_their_rows_by_request_whenever_they_come()
    {
        Answered("a", 0, s_monday);
        Answered("a", 1, s_monday.AddDays(1));
        var first = Join(Label("a", 0, "1"), Label("later", 0, "0"));
        Assert.Equal(new() { Received = 2, Matched = 1, Waiting = 1 }, first);
        Assert.Equal(["a/0=1"], Standing());

        // The prediction comes after its label; another label comes late.
        Answered("later", 0, s_monday.AddDays(2));
        Assert.Equal(new() { Received = 1, Matched = 2 }, Join(Label("a", 1, "0")));
        Assert.Equal(["a/0=1", "a/1=0", "later/0=0"], Standing());
    }

    [Fact]
    public void The_first_label_stands_and_others_are_counted_or_set_apart()
    {
        Answered("a", 0, s_monday);
        Answered("b", 0, s_monday);
        Assert.Equal(new() { Received = 3, Matched = 1, Repeated = 1, Contradicting = 1 }, Join(Label("a", 0, "1"), Label("a", 0, "1"), Label("a", 0, "0")));
        Assert.Equal(new() { Received = 3, Matched = 1, Repeated = 1, Contradicting = 1 }, Join(Label("a", 0, "0"), Label("a", 0, "1"), Label("b", 0, "0")));
        Assert.Equal(["a/0=1", "b/0=0"], Standing());
    }

    [Fact]
    public void A_correction_puts_another_label_in_the_place_of_the_one_that_stood()
    {
        Answered("a", 0, s_monday);
        Answered("b", 0, s_monday);
        Join(Label("a", 0, "1"), Label("b", 0, "1"));
        Assert.Equal(new() { Received = 3, Corrected = 1, Repeated = 1, Matched = 0, Waiting = 1 }, Join(Correction("a", "0", 1), Correction("b", "1", 1), Correction("later", "0", 1)));
        Assert.Equal(["a/0=0", "b/0=1"], Standing());

        // What the correction says is the measure from here on; another correction stands before it.
        Assert.Equal(new() { Received = 3, Contradicting = 1, Repeated = 1, Corrected = 1, Waiting = 1 }, Join(Label("a", 0, "1"), Label("a", 0, "0"), Correction("a", "1", 2)));
        Assert.Equal(["a/0=1", "b/0=1"], Standing());

        // It waits for its prediction as any label does, and then is the first that stands.
        Answered("later", 0, s_monday);
        Assert.Equal(new() { Matched = 1 }, Join());
        Assert.Equal(["a/0=1", "b/0=1", "later/0=0"], Standing());
        Assert.Equal(["a 1>0 lead: why 1", "a 0>1 lead: why 2"], _corrections);
    }

    [Fact]
    public void Labels_and_their_corrections_may_come_at_once_and_leave_the_last_one()
    {
        Answered("a", 0, s_monday);
        Assert.Equal(new() { Received = 4, Matched = 1, Corrected = 2, Contradicting = 1 }, Join(Label("a", 0, "1"), Correction("a", "0", 1), Label("a", 0, "1") with { Received = s_monday.AddMinutes(90) }, Correction("a", "1", 2)));
        Assert.Equal(["a/0=1"], Standing());
        Assert.Equal(["a 1>0 lead: why 1", "a 0>1 lead: why 2"], _corrections);
    }

    [Fact]
    public void Labels_of_an_earlier_version_that_knew_no_corrections_are_corrected()
    {
        Answered("a", 0, s_monday);
        using (var connection = DuckDbConnection.Open())
            connection.Execute($"COPY (SELECT 'a' AS request, 0::INTEGER AS row, '1' AS label, TIMESTAMP '2001-03-05' AS labelled, TIMESTAMP '2001-03-05' AS received) TO {Sql.Text(_folder["old.parquet"])} (FORMAT parquet)", default);
        _standing.Add(_folder["old.parquet"]);
        Assert.Equal(new() { Received = 2, Corrected = 1, Contradicting = 1 }, Join(Label("a", 0, "0"), Correction("a", "0", 1)));
        Assert.Equal(["a/0=0"], Standing());
    }

    [Fact]
    public void A_label_without_prediction_waits_and_then_counts_as_unknown()
    {
        Answered("a", 0, s_monday);
        Assert.Equal(new() { Received = 1, Waiting = 1 }, Join(Label("nobody", 0, "1")));
        Assert.Equal(new() { Waiting = 1 }, Join(s_monday.AddDays(29)));
        Assert.Equal(new() { Unknown = 1 }, Join(s_monday.AddDays(30)));
        Assert.Equal(new(), Join(s_monday.AddDays(31)));
    }

    [Fact]
    public void Labels_find_their_rows_by_key_read_by_the_columns_types()
    {
        Answered("a", 0, s_monday, """{"date":"2001-03-05T12:00:00Z","seat":7.0,"city":"O'Hare"}""");
        Answered("b", 0, s_monday, """{"date":"2001-03-05 12:00:00","seat":7,"city":"O'Hare"}""");
        Answered("c", 0, s_monday, """{"date":"2001-03-05T12:00:00","seat":8,"city":"O'Hare"}""");
        var counts = Join(new LabelRecord { Key = Parse("""{"date":"2001-03-05T12:00","seat":7,"city":"O'Hare"}"""), Label = "1", Received = s_monday });
        Assert.Equal(new() { Received = 1, Matched = 2 }, counts);
        Assert.Equal(["a/0=1", "b/0=1"], Standing());
    }

    [Fact]
    public void Refused_and_mirrored_requests_have_no_labels()
    {
        Answered("a", 0, s_monday, status: 500);
        Answered("b", 0, s_monday, mirrored: true);
        Assert.Equal(new() { Received = 2, Waiting = 2 }, Join(Label("a", 0, "1"), Label("b", 0, "1")));
    }

    [Fact]
    public void Any_order_and_division_of_the_same_labels_gives_the_same_rows_their_labels() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(10),
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), cuts =>
        {
            using var test = new LabelJoinTests();
            for (var i = 0; i < 6; i++) test.Answered($"r{i}", 0, s_monday.AddDays(i));
            var random = new Random(cuts.Aggregate(17, (h, c) => unchecked((h * 31) + c)));
            var labels = Enumerable.Range(0, 6).SelectMany(i => new[] { Label($"r{i}", 0, $"{i % 2}"), Label($"r{i}", 0, $"{i % 2}") }).ToArray();
            random.Shuffle(labels);
            var counts = labels.Chunk(1 + (cuts.Length % 5)).Select(c => test.Join(c)).ToList();
            return counts.Sum(c => c.Matched) == 6 && counts.Sum(c => c.Repeated) == 6
                && test.Standing().SequenceEqual(Enumerable.Range(0, 6).Select(i => $"r{i}/0={i % 2}"));
        }));

    private static LabelRecord Label(string request, int row, string label) => new() { Request = request, Row = row, Label = label, Received = s_monday };

    private static LabelRecord Correction(string request, string label, int hour) =>
        Label(request, 0, label) with { Received = s_monday.AddHours(hour), CorrectedBy = "lead", Reason = $"why {hour}" };

    private static Dictionary<string, JsonElement> Parse(string json) => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;

    private void Answered(string request, int row, DateTimeOffset time, string instance = "{}", int status = 200, bool mirrored = false)
    {
        using var connection = DuckDbConnection.Open();
        var path = _folder[$"answers-{_answers.Count}.parquet"];
        connection.Execute(
            $"""
            COPY (SELECT {Sql.Text(request)} AS request, {row}::INTEGER AS row, TIMESTAMP '{time:yyyy-MM-dd HH:mm:ss}' AS time, {Sql.Text(instance)} AS instance,
                         {status}::INTEGER AS status, {mirrored} AS mirrored, false AS probe) TO {Sql.Text(path)} (FORMAT parquet)
            """,
            default);
        _answers.Add(path);
    }

    private LabelCounts Join(params LabelRecord[] labels) => Join(s_monday, labels);

    private LabelCounts Join(DateTimeOffset now, params LabelRecord[] labels)
    {
        var work = _folder[$"join-{_joins++}"];
        Directory.CreateDirectory(work);
        var lines = Path.Combine(work, "new.jsonl");
        File.WriteAllLines(lines, labels.Select(l => JsonSerializer.Serialize(l, MlOpsJson.Compact)));
        var join = new LabelJoin
        {
            New = [lines],
            Waiting = _waiting,
            Answers = _answers,
            Standing = _standing,
            Settings = new()
            {
                Pipeline = "shop",
                Labels = new() { Key = ["date", "seat", "city"] },
                Columns = [new() { Name = "date", Type = ColumnType.Timestamp }, new() { Name = "seat", Type = ColumnType.Int }, new() { Name = "city", Type = ColumnType.String }],
            },
            Now = now,
        };
        var joined = join.Run(work, default);
        _standing.AddRange(joined.Labels.Select(l => l.Path));
        _corrections.AddRange(joined.Corrections.SelectMany(c => c.Rows.Select(r => $"{r.Request} {r.Before}>{r.After} {c.Correction.By}: {c.Correction.Reason}")));
        _waiting.Clear();
        if (joined.Waiting is { } left) _waiting.Add(left);
        return joined.Counts;
    }

    private List<string> Standing()
    {
        using var connection = DuckDbConnection.Open();
        return [.. connection.Rows($"SELECT request, row, {LabelFiles.StandingLabel} FROM ({LabelFiles.Read(_standing, "NULL::BOOLEAN AS correction")}) GROUP BY request, row ORDER BY request, row", default).Select(r => $"{r.Text(0)}/{r.Long(1)}={r.Text(2)}")];
    }
}
