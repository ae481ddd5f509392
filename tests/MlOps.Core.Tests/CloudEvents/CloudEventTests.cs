using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.CloudEvents;

namespace MlOps.Core.Tests.CloudEvents;

public sealed class CloudEventTests
{
    private static readonly (string, string)[] s_whole =
        [("ce-specversion", "1.0"), ("ce-id", "1234-1234-1234"), ("CE-Source", "/mycontext/subcontext"), ("ce-type", "com.example.someevent"), ("ce-time", "2018-04-05T03:56:24Z"), ("ce-comexampleothervalue", "5")];

    [Fact]
    public void In_binary_mode_headers_are_the_attributes_and_the_body_is_the_data()
    {
        var read = CloudEventHeaders.Read([.. Headers(s_whole), new("Accept", "*/*")], "application/json; charset=utf-8", """{"appinfoA":"abc"}"""u8);
        Assert.Equal(("1234-1234-1234", "/mycontext/subcontext", "com.example.someevent", null), (read.Id, read.Source, read.Type, read.Subject));
        Assert.Equal(new DateTimeOffset(2018, 4, 5, 3, 56, 24, TimeSpan.Zero), read.Time);
        Assert.Equal(("5", "application/json; charset=utf-8"), (read.Attributes["comexampleothervalue"], read.Attributes["datacontenttype"]));
        Assert.Equal("abc", read.Data.GetProperty("appinfoA").GetString());
    }

    [Theory]
    [InlineData("application/cbor", "{}")]
    [InlineData("text/plain", "{}")]
    [InlineData("application/json", "")]
    [InlineData(null, "")]
    public void Data_that_are_no_JSON_are_nothing_to_read(string? contentType, string body) =>
        Assert.Equal(JsonValueKind.Undefined, CloudEventHeaders.Read(Headers(s_whole), contentType, Encoding.UTF8.GetBytes(body)).Data.ValueKind);

    [Theory]
    [InlineData("ce-specversion", null, "header 'ce-specversion' is missing: expected '1.0'.")]
    [InlineData("ce-specversion", "0.3", "header 'ce-specversion' is '0.3': expected '1.0'.")]
    [InlineData("ce-id", null, "header 'ce-id' is missing.")]
    [InlineData("ce-id", "", "header 'ce-id' is '': expected a text that is not empty.")]
    [InlineData("CE-Source", null, "header 'ce-source' is missing.")]
    [InlineData("CE-Source", "not%20a%20reference", "header 'ce-source' is 'not a reference': expected a URI reference such as /monitors/latency.")]
    [InlineData("ce-type", null, "header 'ce-type' is missing.")]
    [InlineData("ce-time", "yesterday", "header 'ce-time' is 'yesterday': expected a time by RFC 3339 such as 2026-03-01T06:00:00Z.")]
    [InlineData("ce-time", "2018-04-05T03:56:24", "header 'ce-time' is '2018-04-05T03:56:24': expected a time by RFC 3339")]
    [InlineData("ce-time", "2018-13-05T03:56:24Z", "header 'ce-time' is '2018-13-05T03:56:24Z'")]
    [InlineData("ce-subject", "", "header 'ce-subject' is ''")]
    [InlineData("ce-dataschema", "relative", "header 'ce-dataschema' is 'relative': expected a URI.")]
    [InlineData("ce-my-extension", "x", "header 'ce-my-extension' is no attribute's name")]
    [InlineData("ce-datacontenttype", "text/plain", "header 'ce-datacontenttype' must not be there")]
    [InlineData("CE-ID", "again", "header 'ce-id' is given twice.")]
    [InlineData("ce-subject", "100%", "header 'ce-subject' is '100%': two hexadecimal digits must follow each %")]
    [InlineData("ce-subject", "%zz", "header 'ce-subject' is '%zz': two hexadecimal digits")]
    [InlineData("ce-subject", "%C0%A0", "header 'ce-subject' is '%C0%A0': what is percent-encoded there is no UTF-8.")]
    [InlineData("ce-subject", "%F0%9F", "header 'ce-subject' is '%F0%9F': what is percent-encoded there is no UTF-8.")]
    [InlineData("ce-subject", "Łódź", "header 'ce-subject' holds the character U+0141: what is not printable ASCII is percent-encoded as UTF-8.")]
    [InlineData("ce-subject", "a%0Ab", "header 'ce-subject' holds a control character.")]
    [InlineData("ce-subject", "\"open", "header 'ce-subject' is '\"open': a quotation mark is opened and not closed.")]
    public void What_breaks_a_rule_is_named_by_its_header(string header, string? value, string problem)
    {
        // Another spelling of a header that is there is a second one of the same name.
        var headers = s_whole.Where(h => h.Item1 != header).Concat(value is null ? [] : [(header, value)]).ToArray();
        var refused = Assert.Throws<CloudEventException>(() => CloudEventHeaders.Read(Headers(headers), null, []));
        Assert.StartsWith(problem, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "application/json", "header 'Content-Type' is 'application/json', and the body is no JSON")]
    [InlineData("{", "application/vnd.alert+json", "header 'Content-Type' is 'application/vnd.alert+json', and the body is no JSON")]
    [InlineData("{}", null, "header 'Content-Type' is missing")]
    [InlineData("{}", "jason", "header 'Content-Type' is 'jason': expected a media type")]
    public void A_body_that_is_not_what_its_type_says_is_refused(string body, string? contentType, string problem) => Assert.StartsWith(
        problem, Assert.Throws<CloudEventException>(() => CloudEventHeaders.Read(Headers(s_whole), contentType, Encoding.UTF8.GetBytes(body))).Message, StringComparison.Ordinal);

    // The first is the specification's own example; quoted values are of its older versions.
    [Theory]
    [InlineData("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀")]
    [InlineData("%e2%82%ac", "€")]
    [InlineData("%41unneeded", "Aunneeded")]
    [InlineData("%2541", "%41")]
    [InlineData("\"quoted \\\"once\\\" \\\\ %E2%82%AC\"", "quoted \"once\" \\ €")]
    [InlineData("with spaces", "with spaces")]
    public void Values_are_unquoted_and_decoded_once(string value, string expected) => Assert.Equal(expected, CloudEventHeaders.Decode("subject", value));

    [Fact]
    public void What_is_encoded_as_the_specification_says_comes_back() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>().Filter(s => !s.Get.EnumerateRunes().Contains(Rune.ReplacementChar)),
        text => CloudEventHeaders.Decode("subject", Encode(text.Get)) == text.Get).QuickCheckThrowOnFailure();

    [Fact]
    public void A_structured_event_is_the_same_event()
    {
        var read = CloudEventJson.Read(Json("""
            {"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","subject":null,"id":"C234","time":"2018-04-05T17:31:00.5+02:00",
             "comexampleothervalue":5,"flag":true,"data":{"appinfoB":123}}
            """));
        Assert.Equal(("C234", null, "5", "true"), (read.Id, read.Subject, read.Attributes["comexampleothervalue"], read.Attributes["flag"]));
        Assert.Equal(new DateTimeOffset(2018, 4, 5, 15, 31, 0, 500, TimeSpan.Zero), read.Time);
        Assert.Equal(123, read.Data.GetProperty("appinfoB").GetInt32());
        Assert.Equal(1, CloudEventJson.Read(Json("""{"specversion":"1.0","type":"t","source":"s","id":"1","datacontenttype":"application/json","data_base64":"eyJhIjoxfQ=="}""")).Data.GetProperty("a").GetInt32());
        Assert.Equal(JsonValueKind.Undefined, CloudEventJson.Read(Json("""{"specversion":"1.0","type":"t","source":"s","id":"1","datacontenttype":"application/xml","data":"<a/>"}""")).Data.ValueKind);
    }

    [Theory]
    [InlineData("[]", "The body is no JSON object")]
    [InlineData("""{"type":"t","source":"s","id":"1"}""", "'specversion' is missing")]
    [InlineData("""{"specversion":1.0,"type":"t","source":"s","id":"1"}""", "'specversion' is neither a text")]
    [InlineData("""{"specversion":"1.0","type":"t","source":"s","id":{}}""", "'id' is neither a text")]
    [InlineData("""{"specversion":"1.0","type":"t","source":"s","id":"1","id":"2"}""", "'id' is given twice")]
    [InlineData("""{"specversion":"1.0","type":"t","source":"s","id":"1","my_own":"2"}""", "'my_own' is no attribute's name")]
    [InlineData("""{"specversion":"1.0","type":"t","source":"s","id":"1","data":1,"data_base64":"AA=="}""", "'data_base64' is given beside 'data'")]
    [InlineData("""{"specversion":"1.0","type":"t","source":"s","id":"1","data_base64":"?"}""", "'data_base64' is no base64")]
    public void A_structured_event_that_breaks_a_rule_is_named_by_its_member(string document, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<CloudEventException>(() => CloudEventJson.Read(Json(document))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_batch_is_read_as_a_whole_or_not_at_all()
    {
        const string good = """{"specversion":"1.0","type":"t","source":"s","id":"1"}""";
        Assert.Equal(2, CloudEventJson.ReadBatch(Json($"[{good},{good}]")).Count);
        Assert.Empty(CloudEventJson.ReadBatch(Json("[]")));
        foreach (var (batch, problem) in new[] { (good, "The body is no JSON array"), ($"[{good},7]", "event 2 of the batch"), ($$"""[{{good}},{"specversion":"1.0","type":"t","source":"s"}]""", "event 2: 'id' is missing") })
            Assert.StartsWith(problem, Assert.Throws<CloudEventException>(() => CloudEventJson.ReadBatch(Json(batch))).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<KeyValuePair<string, string>> Headers((string Name, string Value)[] headers) => headers.Select(h => KeyValuePair.Create(h.Name, h.Value));

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private static string Encode(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(b => b is > (byte)' ' and <= (byte)'~' and not (byte)'"' and not (byte)'%' ? $"{(char)b}" : $"%{b:X2}"));
}
