using System.Text;
using MlOps.Storage.Azure;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Tests.Azure;

/// <summary>What the stores do when the network or the service does not do what it should.</summary>
public sealed class AzureFaultTests : IAsyncLifetime
{
    private FaultProxy _proxy = null!;
    private AzureAccount _account = null!;

    private IBlobStore Blobs => _account.Blobs;

    private ITableStore Tables => _account.Tables;

    public async Task InitializeAsync()
    {
        _proxy = await FaultProxy.StartAsync();
        _account = new AzureAccount(_proxy.ConnectionString);
        await WriteAsync("a/first", "first");
        await Tables.TryWriteAsync("notes", "p", "first", "{}", WriteCondition.None, default);
    }

    public async Task DisposeAsync()
    {
        await _account.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    public static TheoryData<string> Kinds => ["503", "500", "429", "408", "lost request", "lost answer", "silence"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_request_that_goes_wrong_is_sent_again(string kind)
    {
        var fault = FaultOf(kind);
        var patient = _account.Options;
        if (kind is "silence")
        {
            await _account.DisposeAsync();
            _account = new AzureAccount(_proxy.ConnectionString, o => o with { NetworkTimeout = TimeSpan.FromSeconds(3), Container = patient.Container, TablePrefix = patient.TablePrefix });
        }

        // Each silence costs the whole timeout: one request of each service shows it.
        foreach (var request in kind is "silence" ? Requests().Where((_, i) => i is 2 or 5) : Requests())
        {
            _proxy.Next(kind is "silence" ? [fault] : [fault, fault]);
            await request();
        }
        Assert.Equal("second", Encoding.UTF8.GetString((await Blobs.TryReadAsync("a/second", default))!.Content.Span));
    }

    [Fact]
    public async Task A_wait_that_the_service_asks_for_is_kept()
    {
        var start = TimeProvider.System.GetTimestamp();
        _proxy.Next(new Fault.Status(503, RetryAfter: "2"));
        await Blobs.TryReadAsync("a/first", default);
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(1.9));
    }

    [Fact]
    public async Task A_write_whose_answer_was_lost_is_known_as_one_s_own()
    {
        var lost = new Fault.LostAnswer();
        _proxy.Next(lost);
        var created = await WriteAsync("a/second", "mine", WriteCondition.IfAbsent);
        Assert.Equal((await Blobs.TryGetInfoAsync("a/second", default))!.ETag, created);
        _proxy.Next(lost);
        var replaced = await WriteAsync("a/second", "mine again", WriteCondition.IfMatch(created!));
        Assert.Equal((await Blobs.TryGetInfoAsync("a/second", default))!.ETag, replaced);

        _proxy.Meets = request => request.Query["comp"] == "blocklist";
        _proxy.Next(lost);
        Assert.NotNull(await Blobs.TryWriteAsync("a/third", new byte[9 * 1024 * 1024], WriteCondition.IfAbsent, default));
        _proxy.Meets = _ => true;

        _proxy.Next(lost);
        var inserted = await Tables.TryWriteAsync("notes", "p", "r", """{"n":1}""", WriteCondition.IfAbsent, default);
        Assert.Equal((await Tables.TryGetAsync("notes", "p", "r", default))!.ETag, inserted);
        _proxy.Next(lost);
        var updated = await Tables.TryWriteAsync("notes", "p", "r", """{"n":2}""", WriteCondition.IfMatch(inserted!), default);
        Assert.Equal((await Tables.TryGetAsync("notes", "p", "r", default))!.ETag, updated);
    }

    [Fact]
    public async Task A_write_that_somebody_else_s_came_before_is_refused_after_a_retry_too()
    {
        _proxy.Next(new Fault.Status(503));
        Assert.Null(await WriteAsync("a/first", "mine", WriteCondition.IfAbsent));
        _proxy.Next(new Fault.Status(503));
        Assert.Null(await Tables.TryWriteAsync("notes", "p", "first", "{}", WriteCondition.IfAbsent, default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_234_567)]
    public async Task A_download_that_breaks_goes_on_where_it_was(int bytes)
    {
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        await Blobs.TryWriteAsync("a/data", content, WriteCondition.None, default);
        _proxy.Next(new Fault.CutAnswer(bytes), new Fault.CutAnswer(bytes));
        using (var file = await Blobs.AsLocalFileAsync("a/first", default)) Assert.Equal("first", await File.ReadAllTextAsync(file.Path));
        _proxy.Next(new Fault.CutAnswer(bytes), new Fault.CutAnswer(bytes));
        await using var stream = await Blobs.OpenReadAsync("a/data", default);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        Assert.Equal(content, read.ToArray());
    }

    [Fact]
    public async Task What_never_succeeds_is_an_error_that_says_what_and_where()
    {
        await using var account = new AzureAccount(_proxy.ConnectionString, o => o with { MaxRetries = 2, Container = _account.Options.Container });
        _proxy.Always = new Fault.Status(503);
        var error = await Assert.ThrowsAsync<StorageRequestException>(() => account.Blobs.TryReadAsync("a/first", default));
        Assert.Equal(("blob.get", 503, "ServerBusy"), (error.Operation, error.Status, error.Code));
        Assert.EndsWith($"/{_account.Options.Container}/a/first", error.Address, StringComparison.Ordinal);
        _proxy.Always = new Fault.LostRequest();
        error = await Assert.ThrowsAsync<StorageRequestException>(() => account.Tables.TryGetAsync("notes", "p", "first", default));
        Assert.Equal(("table.get", 0, "NoAnswer"), (error.Operation, error.Status, error.Code));
    }

    [Fact]
    public async Task A_key_that_is_not_the_account_s_is_told_without_the_key()
    {
        var wrong = Convert.ToBase64String(new byte[32]);
        await using var account = new AzureAccount(_proxy.ConnectionString.Replace(MlOps.Testing.Azure.AzuriteServer.Key, wrong, StringComparison.Ordinal));
        foreach (var attempt in new Func<Task>[] { () => account.Blobs.TryReadAsync("a", default), () => account.Tables.TryGetAsync("notes", "p", "r", default) })
        {
            var error = await Assert.ThrowsAsync<StorageRequestException>(attempt);
            Assert.Equal(403, error.Status);
            Assert.Contains("Storage Blob Data Contributor", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(wrong, error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Cancelling_ends_a_request_that_hangs()
    {
        _proxy.Next(new Fault.Silence());
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Blobs.TryReadAsync("a/first", cancelled.Token));
    }

    private IEnumerable<Func<Task>> Requests()
    {
        yield return () => Blobs.TryReadAsync("a/first", default);
        yield return () => Blobs.TryGetInfoAsync("a/first", default);
        yield return () => WriteAsync("a/second", "second");
        yield return async () =>
        {
            await foreach (var _ in Blobs.ListAsync("a/", default)) break;
        };
        yield return () => Blobs.DeleteAsync("a/none", default);
        yield return () => Tables.TryGetAsync("notes", "p", "first", default);
        yield return () => Tables.QueryAsync("notes", new TableQuery { Partition = "p" }, default);
        yield return () => Tables.TryWriteAsync("notes", "p", "second", "{}", WriteCondition.None, default);
        yield return () => Tables.DeleteAsync("notes", "p", "none", default);
    }

    private static Fault FaultOf(string kind) => kind switch
    {
        "lost request" => new Fault.LostRequest(),
        "lost answer" => new Fault.LostAnswer(),
        "silence" => new Fault.Silence(),
        _ => new Fault.Status(int.Parse(kind)),
    };

    private Task<string?> WriteAsync(string name, string text, WriteCondition? condition = null) =>
        Blobs.TryWriteAsync(name, Encoding.UTF8.GetBytes(text), condition ?? WriteCondition.None, default);
}
