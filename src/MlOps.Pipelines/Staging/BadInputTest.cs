using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Core.Json;
using MlOps.Core.Releases;
using MlOps.Core.Specification;

namespace MlOps.Pipelines.Staging;

/// <summary>Every class of bad request is refused with a problem document and never with a server error, and none changes what a good one gets.</summary>
internal sealed class BadInputTest : IApplicationTest
{
    private const string Json = "application/json";

    public string Name => "bad input";

    public async Task<TestFinding> RunAsync(StagedVersion staged, CancellationToken cancellationToken)
    {
        var good = staged.Golden.Instances[0];
        var before = await staged.Client.PredictAsync([good], cancellationToken);
        var cases = new List<ApplicationTestCase>();
        foreach (var (name, body, contentType, mustRefuse) in Requests(staged, good))
        {
            var answer = await staged.Client.SendAsync(body, contentType, cancellationToken);
            cases.Add(new(name, IsFit(answer, mustRefuse), answer.ToString()));
        }

        var after = await staged.Client.PredictAsync([good], cancellationToken);
        cases.Add(new("a good row afterwards", SameScores(before, after), after.ToString()));
        return TestFinding.Of(cases, "requests answered as they should be");
    }

    /// <summary>What is sent, and whether it must be refused: where a policy may let a row pass, either is right.</summary>
    private static IEnumerable<(string Name, string Body, string ContentType, bool MustRefuse)> Requests(StagedVersion staged, JsonElement good)
    {
        yield return ("broken JSON", """{"instances":[""", Json, true);
        yield return ("empty body", "", Json, true);
        yield return ("another content type", Instances(good), "text/plain", true);
        yield return ("no 'instances'", "{}", Json, true);
        yield return ("no rows", """{"instances":[]}""", Json, true);
        yield return ("a row that is no object", """{"instances":[1]}""", Json, true);
        yield return ("a row nested a thousand deep", $$"""{"instances":{{new string('[', 1000)}}{{new string(']', 1000)}}}""", Json, true);
        yield return ("NaN, which is no JSON", """{"instances":[{"x":NaN}]}""", Json, true);
        if (staged.Transform.Columns.FirstOrDefault(c => c.Type is not ColumnType.String && good.TryGetProperty(c.Name, out _)) is { } typed)
            yield return ($"'{typed.Name}' with an object in it", Instances(With(good, typed.Name, new JsonObject { ["of"] = "it" })), Json, true);
        if (staged.Transform.Columns.FirstOrDefault(c => c.Type is ColumnType.Int or ColumnType.Double && good.TryGetProperty(c.Name, out _)) is { } number)
        {
            yield return ($"'{number.Name}' with a text in it", Instances(With(good, number.Name, "not a number")), Json, true);
            yield return ($"'{number.Name}' with 1e300 in it", Instances(With(good, number.Name, 1e300)), Json, false);
        }

        yield return ("a row without columns", """{"instances":[{}]}""", Json, false);
        yield return ("a column that nobody knows", Instances(With(good, "nobody-knows-this", 1)), Json, false);
        yield return ("every column null", Instances(JsonSerializer.SerializeToElement(good.EnumerateObject().ToDictionary(p => p.Name, _ => (object?)null))), Json, false);
    }

    private static bool IsFit(StagingAnswer answer, bool mustRefuse) =>
        answer.Status is >= 400 and < 500 ? IsProblem(answer) : answer.IsSuccess && !mustRefuse;

    private static bool IsProblem(StagingAnswer answer)
    {
        if (answer.ContentType is not "application/problem+json" || answer.Text.Contains("\n   at ", StringComparison.Ordinal)) return false;
        try
        {
            using var problem = JsonDocument.Parse(answer.Text);
            return problem.RootElement.ValueKind is JsonValueKind.Object && problem.RootElement.TryGetProperty("title", out _) && problem.RootElement.TryGetProperty("status", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool SameScores(StagingAnswer before, StagingAnswer after) =>
        before.TryRead() is { Predictions: [var first] } && after.TryRead() is { Predictions: [var second] } && first.Scores.SequenceEqual(second.Scores);

    private static string Instances(JsonElement row) => JsonSerializer.Serialize(new { instances = new[] { row } }, MlOpsJson.Compact);

    private static JsonElement With(JsonElement row, string column, JsonNode value)
    {
        var changed = JsonObject.Create(row)!;
        changed[column] = value;
        return JsonSerializer.SerializeToElement(changed);
    }
}
