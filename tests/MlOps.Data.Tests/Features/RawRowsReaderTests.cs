using System.Text;
using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Data.Features;

namespace MlOps.Data.Tests.Features;

public sealed class RawRowsReaderTests
{
    private static readonly FeatureTransform s_transform = new()
    {
        Columns =
        [
            new() { Name = "age", Type = ColumnType.Int, Min = 0 },
            new() { Name = "city", Type = ColumnType.String },
            new() { Name = "plan", Type = ColumnType.String, Values = ["basic", "full"] },
            new() { Name = "code", Type = ColumnType.String, Pattern = "[A-Z]{3}" },
        ],
        Features = [new("age", "age", FeatureKind.Number), new("city", "city", FeatureKind.Category)],
        Label = new("answer", "age", LearningTask.Regression, []),
    };

    private static readonly InputProfile s_profile = new()
    {
        Columns = [new() { Name = "age", Min = 18, Max = 90 }, new() { Name = "city", Categories = ["Birgu", "Mdina"] }],
    };

    [Theory]
    [InlineData("""{"age":17}""", "age", "17", "training has seen numbers from 18 to 90")]
    [InlineData("""{"age":91.0}""", "age", "91.0", "training has seen numbers from 18 to 90")]
    [InlineData("""{"city":"mdina"}""", "city", "\"mdina\"", "training has not seen this category.")]
    [InlineData("""{"city":""}""", "city", "\"\"", "training has not seen this category.")]
    public void What_training_has_not_seen_is_answered_with_a_warning_by_default(string row, string field, string value, string rule)
    {
        var warning = Assert.Single(Read(row, new()).Warnings);
        Assert.Equal((0, field, value), (warning.Row, warning.Field, warning.Value));
        Assert.Contains(rule, warning.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"age":-1}""", "a number of at least 0 is expected.")]
    [InlineData("""{"plan":"ful"}""", "one of basic, full is expected.")]
    [InlineData("""{"code":"ABCD"}""", "a text that matches")]
    [InlineData("""{"code":"abc"}""", "a text that matches")]
    [InlineData("""{"sity":"Mdina"}""", "Did you mean 'city'?")]
    public void What_breaks_a_rule_is_refused_by_default(string row, string rule) =>
        Assert.Contains(rule, Assert.Throws<InvalidInstancesException>(() => Read(row, new())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"age":18,"city":"Mdina","plan":"full","code":"ABC"}""")]
    [InlineData("""{"age":90,"city":"M\u0064ina"}""")]
    [InlineData("{}")]
    [InlineData("""{"age":null,"city":null,"plan":null,"code":null}""")]
    public void What_is_as_it_should_be_has_no_warning(string row) => Assert.Empty(Read(row, new()).Warnings);

    [Theory]
    [InlineData("""{"age":91}""")]
    [InlineData("""{"city":"Rabat"}""")]
    public void A_policy_may_refuse_what_training_has_not_seen(string row) => Assert.Throws<InvalidInstancesException>(() =>
        Read(row, new() { Range = InputAction.Reject, UnknownCategory = InputAction.Reject }));

    [Theory]
    [InlineData("""{"age":-1}""", InputAction.Warn, 1)]
    [InlineData("""{"sity":"Mdina"}""", InputAction.Warn, 1)]
    [InlineData("""{"age":-1,"sity":"Mdina","city":"Rabat"}""", InputAction.Ignore, 0)]
    public void A_policy_may_let_pass_what_breaks_a_rule(string row, InputAction action, int warnings) =>
        Assert.Equal(warnings, Read(row, new() { Rules = action, Extra = action, Range = action, UnknownCategory = action }).Warnings.Count);

    [Fact]
    public void Warnings_are_bounded_and_lose_no_row()
    {
        var rows = string.Join(',', Enumerable.Repeat("""{"age":100}""", 500));
        var read = Read(rows, new());
        Assert.Equal((500, 20), (read.Rows, read.Warnings.Count));
    }

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"a\\udc00b\"")]
    public void Half_of_a_surrogate_pair_is_refused(string text) =>
        Assert.Throws<InvalidInstancesException>(() => Read($$"""{"city":{{text}}}""", new()));

    [Fact]
    public void A_text_that_is_no_UTF8_is_refused()
    {
        byte[] body = [.. "[{\"city\":\""u8, 0xff, 0xfe, .. "\"}]"u8];
        Assert.Throws<InvalidInstancesException>(() =>
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            return new RawRowsReader(s_transform).Read(ref reader, 10);
        });
    }

    [Fact]
    public void A_text_may_be_long_and_not_longer()
    {
        Assert.Equal(1, Read($$"""{"city":"{{new string('x', RawRows.MaxTextBytes)}}"}""", new()).Rows);
        var refused = Assert.Throws<InvalidInstancesException>(() => Read($$"""{"city":"{{new string('x', RawRows.MaxTextBytes + 1)}}"}""", new()));
        Assert.Contains("at most 65536 bytes", refused.Message, StringComparison.Ordinal);
        Assert.InRange(refused.Message.Length, 1, 400);
    }

    [Fact]
    public void Training_says_what_it_has_seen()
    {
        using var folder = new TemporaryFolder();
        var spec = RealData.FlightDelay;
        var ingested = new MlOps.Data.Ingest.DatasetIngestor().Ingest([new(RealData.Flights, "flights")], spec.Data, folder["data"], default);
        spec = spec with { Data = spec.Data with { Window = TimeSpan.FromDays(3) } };
        var inputs = new FeatureBuilder().Build([ingested.DataPath], spec, folder["f"], default).Inputs;
        Assert.Equal(["distance", "origin", "destination"], inputs.Columns.Select(c => c.Name));
        Assert.True(inputs.Columns[0] is { Min: > 0, Max: > 1000 and < 6000, Categories: null });
        Assert.Contains("MDW", inputs.Columns[1].Categories!);
        Assert.Equal(inputs.Columns[1].Categories!.Order(StringComparer.Ordinal), inputs.Columns[1].Categories);
    }

    private static RawRows Read(string rows, InputPolicy policy)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes($"[{rows}]"));
        reader.Read();
        return new RawRowsReader(s_transform, s_profile with { Policy = policy }).Read(ref reader, int.MaxValue);
    }
}
