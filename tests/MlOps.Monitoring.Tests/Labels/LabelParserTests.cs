using System.Text.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Monitoring.Labels;
using MlOps.Monitoring.Logging;

namespace MlOps.Monitoring.Tests.Labels;

public class LabelParserTests
{
    private static readonly DateTimeOffset s_now = new(2001, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("true", "1")]
    [InlineData("false", "0")]
    [InlineData("1", "1")]
    [InlineData("0.0", "0")]
    [InlineData("\"True\"", "1")]
    [InlineData("\"no\"", "0")]
    [InlineData("\"yes\"", "1")]
    [InlineData("\"maybe\"", null)]
    [InlineData("2", null)]
    public void A_label_of_two_classes_is_read_in_every_usual_spelling(string label, string? expected) =>
        Assert.Equal(expected, Parse(LearningTask.Binary, $$"""{"request":"a","label":{{label}}}""").Label?.Label);

    [Theory]
    [InlineData(LearningTask.Multiclass, "\"yes\"", "yes")]
    [InlineData(LearningTask.Multiclass, "\"other\"", null)]
    [InlineData(LearningTask.Regression, "12.5", "12.5")]
    [InlineData(LearningTask.Regression, "\"12.5\"", "12.5")]
    [InlineData(LearningTask.Regression, "\"NaN\"", null)]
    public void Labels_are_read_by_the_task(LearningTask task, string label, string? expected) =>
        Assert.Equal(expected, Parse(task, $$"""{"request":"a","label":{{label}}}""").Label?.Label);

    [Theory]
    [InlineData("""[1]""", "it is no JSON object")]
    [InlineData("""{"request":"a"}""", "it has no 'label'")]
    [InlineData("""{"request":"a","label":true,"lable":1}""", "'lable' is no field of a label")]
    [InlineData("""{"request":7,"label":true}""", "'request' is 7")]
    [InlineData("""{"request":"a","row":-1,"label":true}""", "'row' is -1")]
    [InlineData("""{"request":"a","row":1.5,"label":true}""", "'row' is 1.5")]
    [InlineData("""{"request":"a","label":true,"time":"yesterday"}""", "'time' is \"yesterday\"")]
    [InlineData("""{"request":"a","label":true,"label":false}""", "a field stands in it twice")]
    [InlineData("""{"date":"2001-03-01","label":true}""", "neither 'request' nor the key column 'city'")]
    [InlineData("""{"request":"a","label":"later"}""", "expected true, false, 1, 0, 'no' or 'yes'")]
    public void What_is_wrong_is_named(string row, string expected)
    {
        var (label, problem) = Parse(LearningTask.Binary, row);
        Assert.Null(label);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_columns_may_stand_beside_the_other_fields_and_hidden_ones_are_hashed_as_in_the_log()
    {
        var (beside, _) = Parse(LearningTask.Binary, """{"date":"2001-03-01","city":"Mdina","label":1,"time":"2001-03-02T01:00:00+01:00"}""");
        var (inside, _) = Parse(LearningTask.Binary, """{"key":{"date":"2001-03-01","city":"Mdina"},"label":1}""");
        Assert.Equal(new DateTimeOffset(2001, 3, 2, 0, 0, 0, TimeSpan.Zero), beside!.Time);
        Assert.Equal("2001-03-01", beside.Key!["date"].GetString());
        Assert.Equal(AnswerLine.Hash([1, 2, 3], "Mdina"), beside.Key["city"].GetString());
        Assert.Equal(beside.Key["city"].GetString(), inside!.Key!["city"].GetString());
    }

    private static (LabelRecord? Label, string? Problem) Parse(LearningTask task, string row)
    {
        var settings = new EndpointMonitoring
        {
            Pipeline = "shop",
            Labels = new() { Key = ["date", "city"] },
            Log = new() { Hide = new Dictionary<string, HidingMethod> { ["city"] = HidingMethod.Hash } },
        };
        var signature = new ModelSignature { Inputs = [], Task = task, Classes = task is LearningTask.Regression ? [] : ["no", "yes"] };
        return new LabelParser(signature, settings, [1, 2, 3], s_now).Parse(JsonSerializer.Deserialize<JsonElement>(row));
    }
}
