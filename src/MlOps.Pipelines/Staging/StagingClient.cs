using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MlOps.Core.Endpoints;
using MlOps.Core.Json;

namespace MlOps.Pipelines.Staging;

/// <summary>Asks one variant of an endpoint over HTTP, as an application would; marked as a test, so that it counts as nobody's request.</summary>
/// <param name="http">Sends.</param>
/// <param name="url">Where the variant answers.</param>
/// <param name="time">Measures.</param>
internal sealed class StagingClient(HttpClient http, Uri url, TimeProvider time)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public Uri Url { get; } = url;

    /// <summary>Asks for predictions of rows.</summary>
    public Task<StagingAnswer> PredictAsync(IEnumerable<JsonElement> instances, CancellationToken cancellationToken) =>
        SendAsync(JsonSerializer.Serialize(new { instances }, MlOpsJson.Compact), "application/json", cancellationToken);

    /// <summary>Sends any body. An endpoint that does not answer at all has status 0.</summary>
    public async Task<StagingAnswer> SendAsync(string body, string contentType, CancellationToken cancellationToken)
    {
        using var content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType));
        using var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = content };
        request.Headers.Add(TestRequests.Header, "application-tests");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        var began = time.GetTimestamp();
        try
        {
            using var response = await http.SendAsync(request, patience.Token);
            var text = await response.Content.ReadAsStringAsync(patience.Token);
            return new((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", text, time.GetElapsedTime(began));
        }
        catch (Exception error) when (error is HttpRequestException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new(0, "", error.Message, time.GetElapsedTime(began));
        }
    }
}

/// <summary>An answer as it came.</summary>
/// <param name="Status">Status code; 0: none came.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Text">Its body.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record StagingAnswer(int Status, string ContentType, string Text, TimeSpan Elapsed)
{
    private const int Shown = 200;

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The predictions; <see langword="null"/>: the answer is none.</summary>
    public PredictResponse? TryRead()
    {
        try
        {
            return IsSuccess ? JsonSerializer.Deserialize<PredictResponse>(Text, MlOpsJson.Compact) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>For people, in one line.</summary>
    public override string ToString() =>
        $"{(Status is 0 ? "no answer" : Status)}: {(Text.Length > Shown ? Text[..Shown] + "…" : Text).ReplaceLineEndings(" ")}";
}
