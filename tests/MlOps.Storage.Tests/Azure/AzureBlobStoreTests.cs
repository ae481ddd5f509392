using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Storage.Azure;
using MlOps.Storage.Azure.Blobs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tests.Blobs;

namespace MlOps.Storage.Tests.Azure;

public sealed class AzureBlobStoreTests : BlobStoreContract, IAsyncLifetime
{
    private AzureAccount _account = null!;

    protected override IBlobStore Blobs => _account.Blobs;

    public async Task InitializeAsync() => _account = await AzureAccount.CreateAsync();

    public async Task DisposeAsync() => await _account.DisposeAsync();

    [Fact]
    public void Any_sequence_of_steps_has_the_results_of_a_dictionary() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll(BlobStep.Sequences(), steps => TakeAllAsync(steps).GetAwaiter().GetResult()));

    [Fact]
    public async Task What_is_half_uploaded_is_no_blob()
    {
        await _account.Container.CreateAsync(default);
        var half = Convert.ToBase64String("0000000001"u8);
        await _account.Container.PutBlockAsync("models/m/model.onnx", half, RequestContent.Create(Bytes("half a graph")), default);
        Assert.Null(await Blobs.TryGetInfoAsync("models/m/model.onnx", default));
        Assert.Null(await Blobs.TryReadAsync("models/m/model.onnx", default));
        Assert.Empty(await NamesAsync(""));
        await Assert.ThrowsAsync<BlobNotFoundException>(() => Blobs.AsLocalFileAsync("models/m/model.onnx", default));
        // What the dead upload left does not disturb the next one, nor a blob that is there.
        Assert.NotNull(await WriteAsync("models/m/model.onnx", "whole"));
        await _account.Container.PutBlockAsync("models/m/model.onnx", half, RequestContent.Create(Bytes("half a graph")), default);
        Assert.Equal("whole", Text(await Blobs.TryReadAsync("models/m/model.onnx", default)));
    }

    [Fact]
    public async Task What_needs_many_parts_is_written_under_the_same_conditions()
    {
        var content = RandomNumberGenerator.GetBytes(20 * 1024 * 1024 + 1);
        var first = await Blobs.TryWriteAsync("models/m/big", content, WriteCondition.IfAbsent, default);
        Assert.NotNull(first);
        Assert.Null(await Blobs.TryWriteAsync("models/m/big", content, WriteCondition.IfAbsent, default));
        Assert.NotNull(await Blobs.TryWriteAsync("models/m/big", content, WriteCondition.IfMatch(first), default));
        Assert.Null(await Blobs.TryWriteAsync("models/m/big", content, WriteCondition.IfMatch(first), default));
        var read = await Blobs.TryReadAsync("models/m/big", default);
        Assert.True(content.AsSpan().SequenceEqual(read!.Content.Span));
    }

    [Fact]
    public async Task Uploads_of_the_same_name_at_once_leave_one_of_them_whole()
    {
        using var folder = new TemporaryFolder();
        var hashes = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var content = RandomNumberGenerator.GetBytes(18 * 1024 * 1024 + i);
            await File.WriteAllBytesAsync(folder[$"{i}"], content);
            hashes.Add(Convert.ToHexString(SHA256.HashData(content)));
        }
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Blobs.UploadAsync(folder[$"{i}"], "models/m/big", default)));
        await using var stream = await Blobs.OpenReadAsync("models/m/big", default);
        Assert.Contains(Convert.ToHexString(await SHA256.HashDataAsync(stream)), hashes);
    }

    [Fact]
    public async Task A_stream_can_be_read_from_any_place()
    {
        var content = RandomNumberGenerator.GetBytes(300_000);
        await Blobs.TryWriteAsync("d/data.parquet", content, WriteCondition.None, default);
        await using var stream = await Blobs.OpenReadAsync("d/data.parquet", default);
        Assert.Equal(300_000, stream.Length);
        var part = new byte[1000];
        foreach (var (offset, origin, start) in new[] { (299_000L, SeekOrigin.Begin, 299_000), (-300_000L, SeekOrigin.Current, 0), (-1500L, SeekOrigin.End, 298_500) })
        {
            stream.Seek(offset, origin);
            await stream.ReadExactlyAsync(part);
            Assert.Equal(content.AsSpan(start, 1000).ToArray(), part);
        }
        stream.Position = 300_000;
        Assert.Equal(0, await stream.ReadAsync(part));
    }

    [Fact]
    public async Task A_blob_that_is_written_anew_while_it_is_read_is_not_mixed()
    {
        await Blobs.TryWriteAsync("d/data", new byte[3_000_000], WriteCondition.None, default);
        await using var stream = await Blobs.OpenReadAsync("d/data", default);
        var part = new byte[1000];
        await stream.ReadExactlyAsync(part);
        await WriteAsync("d/data", "new");
        stream.Position = 2_000_000;
        Assert.Contains("d/data", (await Assert.ThrowsAsync<BlobChangedException>(async () => await stream.ReadExactlyAsync(part))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_segment_that_ends_in_a_dot_is_refused_since_Azure_drops_it()
    {
        foreach (var name in new[] { "a.", "a./b", "..." })
            Assert.Contains("dot", (await Assert.ThrowsAsync<BlobNameException>(() => WriteAsync(name, "x"))).Message, StringComparison.Ordinal);
        Assert.Null(await Blobs.TryReadAsync("a.", default));
    }

    [Fact]
    public async Task An_ETag_of_another_store_is_nobody_s()
    {
        await WriteAsync("a", "x");
        foreach (var eTag in new[] { "8d9f-5", "", "é", "\"", "a\nb" }) Assert.Null(await WriteAsync("a", "y", WriteCondition.IfMatch(eTag)));
        Assert.Equal("x", Text(await Blobs.TryReadAsync("a", default)));
    }

    [Fact]
    public async Task A_blob_that_somebody_holds_a_lease_on_is_an_error_that_says_so()
    {
        await WriteAsync("a", "x");
        var lease = _account.LeaseOn("a", Guid.NewGuid().ToString());
        Assert.True(await lease.TryAcquireAsync(default));
        var error = await Assert.ThrowsAsync<StorageRequestException>(() => Blobs.DeleteAsync("a", default));
        Assert.Equal((412, "LeaseIdMissing"), (error.Status, error.Code));
        Assert.Contains("lease", error.Message, StringComparison.Ordinal);
        await lease.ReleaseAsync(default);
        await Blobs.DeleteAsync("a", default);
    }

    [Fact]
    public async Task A_list_of_more_than_100000_names_comes_page_by_page()
    {
        await using var proxy = await FaultProxy.StartAsync();
        await using var account = new AzureAccount(proxy.ConnectionString);
        // 21 pages of 5,000 names, and an empty one in the middle, as the service may give.
        proxy.Answer = async context =>
        {
            var page = int.Parse(context.Request.Query["marker"].FirstOrDefault() ?? "0");
            var xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>");
            for (var i = 0; i < 5000 && page is not 7; i++)
                xml.Append($"<Blob><Name>d/{page * 5000 + i:D7} &amp; x</Name><Properties><Last-Modified>Fri, 02 Mar 2001 08:15:00 GMT</Last-Modified><Etag>0x8D{page}</Etag><Content-Length>{i}</Content-Length></Properties></Blob>");
            xml.Append("</Blobs><NextMarker>").Append(page < 21 ? $"{page + 1}" : "").Append("</NextMarker></EnumerationResults>");
            context.Response.ContentType = "application/xml";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(xml.ToString()));
            return true;
        };
        var (count, last) = (0, "");
        await foreach (var blob in account.Blobs.ListAsync("d/", default))
        {
            Assert.True(string.CompareOrdinal(last, blob.Name) < 0);
            (count, last) = (count + 1, blob.Name);
        }
        Assert.Equal((105_000, "d/0109999 & x", 22), (count, last, proxy.Requests.Count));
        // Whoever stops early has asked for one page only.
        await foreach (var _ in account.Blobs.ListAsync("d/", default)) break;
        Assert.Equal(23, proxy.Requests.Count);
    }

    [Theory]
    [InlineData("<Error><Code>x</Code></Error>")]
    [InlineData("no XML")]
    [InlineData("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><EnumerationResults>&b;</EnumerationResults>")]
    public async Task An_answer_that_is_no_list_is_an_error(string body)
    {
        await using var proxy = await FaultProxy.StartAsync();
        await using var account = new AzureAccount(proxy.ConnectionString);
        proxy.Answer = async context =>
        {
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
            return true;
        };
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var _ in account.Blobs.ListAsync("", default)) break;
        });
    }

    private static async Task TakeAllAsync(BlobStep[] steps)
    {
        await using var account = await AzureAccount.CreateAsync();
        var model = new BlobStoreModel(account.Blobs);
        foreach (var step in steps) await model.TakeAsync(step);
    }
}
