using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MlOps.Core.Endpoints;
using MlOps.Core.Features;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Pipelines.Staging;

namespace MlOps.Pipelines.Tests.Staging;

/// <summary>An endpoint over real HTTP that answers as a test says. Well-behaved, it doubles the size and refuses what has none.</summary>
internal sealed class ScriptedEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new();

    private ScriptedEndpoint(WebApplication app) => _app = app;

    /// <summary>Answers a request in place of good behaviour; <see langword="null"/>: behave.</summary>
    public Func<string, string, (int Status, string ContentType, string Text)?> Script { get; set; } = (_, _) => null;

    public int Asked { get; private set; }

    public static async Task<ScriptedEndpoint> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var endpoint = new ScriptedEndpoint(app);
        app.MapPost("/{variant}", endpoint.AnswerAsync);
        await app.StartAsync();
        return endpoint;
    }

    /// <summary>The version staged there, with version 1 in production beside it.</summary>
    public StagedVersion Stage(ApplicationTestSpec? terms = null) => new(
        "sizes",
        ClientOf("candidate"),
        new("doubling", 2, "abc", "def"),
        new ModelSignature { Inputs = [new("size", "size", FeatureKind.Number)], Task = LearningTask.Regression },
        new FeatureTransform { Columns = [new() { Name = "size", Type = ColumnType.Double }], Features = [new("size", "size", FeatureKind.Number)], Label = new("answer", "size", LearningTask.Regression, []) },
        Golden,
        new(new("champion", "doubling", 1, "abc", 100), ClientOf("champion"), Golden),
        terms ?? new());

    public static GoldenRows Golden { get; } = new([Row(1), Row(2.5)], [[2f], [5f]]);

    public static JsonElement Row(double size) => JsonSerializer.SerializeToElement(new { size });

    public static string Answer(int version, params float[] values) => JsonSerializer.Serialize(
        new PredictResponse("r", "sizes", "candidate", "doubling", version, [.. values.Select(v => new Prediction { Value = JsonSerializer.SerializeToElement(v, MlOpsJson.Compact), Scores = [v] })]), MlOpsJson.Compact);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    private StagingClient ClientOf(string variant) => new(_http, new Uri($"{_app.Urls.First()}/{variant}"), TimeProvider.System);

    private async Task AnswerAsync(HttpContext context, string variant)
    {
        Asked++;
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var (status, contentType, text) = Script(variant, body) ?? Behave(context.Request, variant, body);
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        await context.Response.WriteAsync(text);
    }

    private static (int, string, string) Behave(HttpRequest request, string variant, string body)
    {
        if (!request.HasJsonContentType()) return Refuse(HttpStatusCode.UnsupportedMediaType);
        try
        {
            using var document = JsonDocument.Parse(body);
            var rows = document.RootElement.GetProperty("instances").EnumerateArray().Select(r => r.GetProperty("size").GetDouble()).ToList();
            return rows.Count is 0 || rows.Exists(r => r > float.MaxValue) ? Refuse(HttpStatusCode.BadRequest) : (200, "application/json", Answer(variant is "champion" ? 1 : 2, [.. rows.Select(r => (float)(2 * r))]));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Refuse(HttpStatusCode.BadRequest);
        }
    }

    private static (int, string, string) Refuse(HttpStatusCode status) => ((int)status, "application/problem+json", $$"""{"type":"urn:x","title":"No","status":{{(int)status}}}""");
}
