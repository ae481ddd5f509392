namespace MlOps.Benchmarks.Serving;

/// <summary>One answered request.</summary>
/// <param name="Received">Timestamp.</param>
/// <param name="Milliseconds">From sending to the last byte.</param>
/// <param name="Ok">Whether it succeeded.</param>
/// <param name="Version">The model version that answered, where the answer says.</param>
internal readonly record struct Answered(long Received, double Milliseconds, bool Ok, int Version);

/// <summary>What a load came to.</summary>
internal sealed class LoadResult(IReadOnlyList<Answered> answers, double seconds)
{
    public IReadOnlyList<Answered> Answers { get; } = answers;

    private double Seconds => seconds;

    /// <summary>Several loads, one after the other, as one.</summary>
    public static LoadResult Of(IReadOnlyList<LoadResult> rounds) => new([.. rounds.SelectMany(r => r.Answers)], rounds.Sum(r => r.Seconds));

    public double PerSecond => Answers.Count / seconds;

    public Percentiles Latency { get; } = new(answers.Select(a => a.Milliseconds));

    public int Failed => Answers.Count(a => !a.Ok);
}

/// <summary>Sends the same body again and again over a number of connections, each with one request at a time.</summary>
internal sealed class LoadClient(Uri url, byte[] body, int connections) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = connections });

    /// <summary>For a time.</summary>
    public Task<LoadResult> RunAsync(TimeSpan duration, CancellationToken cancellationToken = default)
    {
        var start = TimeProvider.System.GetTimestamp();
        return RunAsync(() => !cancellationToken.IsCancellationRequested && TimeProvider.System.GetElapsedTime(start) < duration);
    }

    /// <summary>A number of requests.</summary>
    public Task<LoadResult> RunAsync(int requests)
    {
        var left = requests;
        return RunAsync(() => Interlocked.Decrement(ref left) >= 0);
    }

    public async Task<byte[]> AskAsync()
    {
        using var content = Content();
        using var response = (await _http.PostAsync(url, content)).EnsureSuccessStatusCode();
        return await response.Content.ReadAsByteArrayAsync();
    }

    public void Dispose() => _http.Dispose();

    private async Task<LoadResult> RunAsync(Func<bool> goOn)
    {
        var start = TimeProvider.System.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => CallAsync(goOn))));
        return new([.. answers.SelectMany(a => a)], TimeProvider.System.GetElapsedTime(start).TotalSeconds);
    }

    private async Task<List<Answered>> CallAsync(Func<bool> goOn)
    {
        var answers = new List<Answered>();
        while (goOn())
        {
            var sent = TimeProvider.System.GetTimestamp();
            var (ok, version) = (false, 0);
            try
            {
                using var content = Content();
                using var response = await _http.PostAsync(url, content);
                (ok, version) = (response.IsSuccessStatusCode, VersionIn(await response.Content.ReadAsByteArrayAsync()));
            }
            catch (HttpRequestException)
            {
                // A connection that breaks is a failed request.
            }

            var received = TimeProvider.System.GetTimestamp();
            answers.Add(new(received, TimeProvider.System.GetElapsedTime(sent, received).TotalMilliseconds, ok, version));
        }

        return answers;
    }

    private ByteArrayContent Content() => new(body) { Headers = { ContentType = new("application/json") } };

    private static int VersionIn(ReadOnlySpan<byte> answer)
    {
        var place = answer[..Math.Min(answer.Length, 300)].IndexOf("\"version\":"u8);
        return place < 0 ? 0 : answer[place + "\"version\":".Length] - '0';
    }
}
