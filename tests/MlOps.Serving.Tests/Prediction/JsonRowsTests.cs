using System.Text;
using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.Tests.Prediction;

public class JsonRowsTests
{
    private static readonly RawRowsReader s_reader = new(new FeatureTransform
    {
        Columns = [new() { Name = "size", Type = ColumnType.Double }],
        Features = [],
        Label = new("answer", "size", LearningTask.Regression, []),
    });

    [Theory]
    [InlineData("""{"instances":[{"size":1},{"size":2}]}""", 2)]
    [InlineData("""{"instances":[{}]}""", 1)]
    [InlineData(""" { "instances" : [ {"s\u0069ze":1} ] } """, 1)]
    public void Rows_are_read(string body, int rows) => Assert.Equal(rows, Rows(body).Read(s_reader, 10, null).Rows);

    [Theory]
    [InlineData("", "bad-request", "no JSON")]
    [InlineData("null", "bad-request", "no JSON object")]
    [InlineData("[1]", "bad-request", "no JSON object")]
    [InlineData("not json", "bad-request", "no JSON")]
    [InlineData("""{"instances":[{"size":NaN}]}""", "bad-request", "'N' is an invalid")]
    [InlineData("""{"instances":[{"size":1}""", "bad-request", "no JSON")]
    [InlineData("""{"instances":[{"size":1}]} x""", "bad-request", "no JSON")]
    [InlineData("""{"instances":5}""", "bad-request", "is no array")]
    [InlineData("""{"instances":[{"size":1}],"instances":[{"size":1}]}""", "bad-request", "twice")]
    [InlineData("""{"instance":[{"size":1}]}""", "bad-request", "Did you mean 'instances'?")]
    [InlineData("{}", "invalid-instances", "missing or empty")]
    [InlineData("""{"instances":null}""", "invalid-instances", "missing or empty")]
    [InlineData("""{"instances":[]}""", "invalid-instances", "missing or empty")]
    public void A_body_of_another_form_is_refused_with_its_reason(string body, string type, string said)
    {
        var refused = Assert.Throws<PredictionException>(() => Rows(body).Read(s_reader, 10, null));
        Assert.Equal((400, $"urn:mlops:{type}"), (refused.Status, refused.Type));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        // Whoever looks at it later must not stumble.
        Assert.InRange(Rows(body).Instances.Count, 0, 1);
    }

    [Theory]
    [InlineData("2001-03-02T08:15:00Z", 8)]
    [InlineData("2001-03-02T08:15:00.25+02:00", 6)]
    [InlineData("2001-03-02T08:15-01:00", 9)]
    public void A_request_may_say_when_it_happens(string time, int hour)
    {
        foreach (var body in (string[])[$$"""{"time":"{{time}}","instances":[{"size":1}]}""", $$"""{"instances":[{"size":1}],"time":"{{time}}"}"""])
        {
            var rows = Rows(body);
            Assert.Equal(1, rows.Read(s_reader, 10, null).Rows);
            Assert.Equal((new DateTime(2001, 3, 2, hour, 15, 0), TimeSpan.Zero), (rows.EventTime!.Value.DateTime.AddMilliseconds(-rows.EventTime.Value.Millisecond), rows.EventTime.Value.Offset));
        }

        var silent = Rows("""{"time":null,"instances":[{"size":1}]}""");
        silent.Read(s_reader, 10, null);
        Assert.Null(silent.EventTime);
    }

    [Theory]
    [InlineData("\"2001-03-02T08:15:00\"", "'2001-03-02T08:15:00'")]
    [InlineData("\"2001-03-02\"", "'2001-03-02'")]
    [InlineData("\"2001-02-30T08:15:00Z\"", "'2001-02-30T08:15:00Z'")]
    [InlineData("\"2027-03-03T00:00:00Z\"", "a year from now")]
    [InlineData("\"0001-01-01T00:00:00Z\"", "from 1900")]
    [InlineData("\"yesterday\"", "'yesterday'")]
    [InlineData("983520900", "no text")]
    [InlineData("{\"at\":1}", "no text")]
    [InlineData("\"2001-03-02T08:15:00Z\",\"time\":\"2001-03-02T08:15:00Z\"", "twice")]
    public void A_time_that_says_no_instant_is_refused(string time, string said)
    {
        var refused = Assert.Throws<PredictionException>(() => Rows($$"""{"time":{{time}},"instances":[{"size":1}]}""").Read(s_reader, 10, null));
        Assert.Equal((400, "urn:mlops:bad-request"), (refused.Status, refused.Type));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_that_is_deep_is_refused() => Assert.Throws<PredictionException>(() =>
        Rows($$"""{"instances":[{"size":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}]}""").Read(s_reader, 10, null));

    [Fact]
    public void A_body_that_is_cut_anywhere_is_refused()
    {
        var body = """{"instances":[{"size":1},{"size":-2.5e3}]}""";
        for (var length = 0; length < body.Length; length++)
        {
            var refused = Assert.Throws<PredictionException>(() => Rows(body[..length]).Read(s_reader, 10, null));
            Assert.Equal("urn:mlops:bad-request", refused.Type);
        }
    }

    [Theory]
    [InlineData("""{"instances":[{"size":1,"customer":"c1"},{"customer":"c2"}]}""", "c1")]
    [InlineData("""{"instances":[{"size":{"customer":"inner"},"customer":405.0}]}""", "405")]
    [InlineData("""{"instances":[{"customer":405}]}""", "405")]
    [InlineData("""{"instances":[{"customer":true}]}""", "true")]
    [InlineData("""{"instances":[{"customer":null}]}""", null)]
    [InlineData("""{"instances":[{"size":1}]}""", null)]
    [InlineData("""{"instances":[]}""", null)]
    [InlineData("""{"instances":[7]}""", null)]
    [InlineData("""{"instances":[{"size":""", null)]
    [InlineData("", null)]
    public void The_first_row_says_who_the_customer_is(string body, string? key) => Assert.Equal(key, Rows(body).KeyOf("customer"));

    [Fact]
    public void A_field_that_decides_on_the_way_alone_is_passed_by()
    {
        const string body = """{"instances":[{"size":1,"customer":{"id":[1,2]}}]}""";
        Assert.Equal(1, Rows(body).Read(s_reader, 10, "customer").Rows);
        Assert.Throws<InvalidInstancesException>(() => Rows(body).Read(s_reader, 10, null));
    }

    private static JsonRows Rows(string body) => new(Encoding.UTF8.GetBytes(body), new ManualTime(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero)));
}
