using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;
using MlOps.Testing.Azure;

namespace MlOps.Storage.Tests.Azure.Sdk;

/// <summary>What Microsoft's own SDKs write, the stores read, and the other way round.</summary>
public sealed class JavaScriptSdkTests : IAsyncLifetime
{
    private AzureAccount _account = null!;

    public async Task InitializeAsync() => _account = await AzureAccount.CreateAsync();

    public async Task DisposeAsync() => await _account.DisposeAsync();

    [Fact]
    public async Task Blobs_of_the_SDK_are_read()
    {
        var contents = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["incoming/flights/2001-01.csv"] = "date,delay\n2001-01-01,5\n",
            ["incoming/日本 %20/it's & <x>.csv"] = "",
            ["incoming/in parts.csv"] = string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i},")),
        };
        await AskAsync("write-blobs", new { contents });
        var listed = new List<string>();
        await foreach (var blob in _account.Blobs.ListAsync("incoming/", default)) listed.Add(blob.Name);
        Assert.Equal(contents.Keys.Order(StringComparer.Ordinal), listed);
        foreach (var (name, text) in contents)
        {
            var read = await _account.Blobs.TryReadAsync(name, default);
            Assert.Equal(text, System.Text.Encoding.UTF8.GetString(read!.Content.Span));
            Assert.NotNull(await _account.Blobs.TryWriteAsync(name, "ours"u8.ToArray(), WriteCondition.IfMatch(read.ETag), default));
        }
    }

    [Fact]
    public async Task Blobs_of_the_store_are_read_and_replaced_by_the_SDK()
    {
        var large = new string('x', 9 * 1024 * 1024);
        var eTag = await _account.Blobs.TryWriteAsync("models/é ü/1", "graph"u8.ToArray(), WriteCondition.None, default);
        await _account.Blobs.TryWriteAsync("models/large", System.Text.Encoding.UTF8.GetBytes(large), WriteCondition.None, default);
        var read = await AskAsync("read-blobs", new { });
        Assert.Equal(("graph", large), (read["models/é ü/1"]!.GetValue<string>(), read["models/large"]!.GetValue<string>()));

        var replaced = await AskAsync("replace-if-match", new { name = "models/é ü/1", etag = eTag, text = "theirs" });
        Assert.Equal((await _account.Blobs.TryGetInfoAsync("models/é ü/1", default))!.ETag, replaced["etag"]!.GetValue<string>().Trim('"'));
        Assert.Null(await _account.Blobs.TryWriteAsync("models/é ü/1", "ours"u8.ToArray(), WriteCondition.IfMatch(eTag!), default));
    }

    [Fact]
    public async Task Entities_of_the_SDK_are_read()
    {
        object[] entities =
        [
            new { partitionKey = "flights", rowKey = "1", Json = """{"n":1}""" },
            new { partitionKey = "it's 50%", rowKey = "é", Json = """{"n":""", Json2 = "2}", Other = 5 },
        ];
        await AskAsync("write-entities", new { entities });
        Assert.Equal("""{"n":1}""", (await _account.Tables.TryGetAsync("notes", "flights", "1", default))!.Json);
        Assert.Equal(["""{"n":1}""", """{"n":2}"""], (await _account.Tables.QueryAsync("notes", new TableQuery(), default)).Rows.Select(r => r.Json));
    }

    [Fact]
    public async Task An_entity_that_is_no_document_is_told_with_its_place()
    {
        await AskAsync("write-entities", new { entities = new object[] { new { partitionKey = "p", rowKey = "r", Value = 5 } } });
        var error = await Assert.ThrowsAsync<StoredDocumentException>(() => _account.Tables.TryGetAsync("notes", "p", "r", default));
        Assert.Equal("notes/p/r", error.Place);
    }

    [Fact]
    public async Task Entities_of_the_store_are_read_by_the_SDK()
    {
        var long1 = $$"""{"a":"{{new string('x', 70_000)}}"}""";
        await _account.Tables.TryWriteAsync("notes", "p", "1", """{"n":"é \" 😀"}""", WriteCondition.None, default);
        await _account.Tables.InsertAllAsync("notes", [new("p", "2", long1)], default);
        var read = (JsonArray)await AskAsync("read-entities", new { });
        Assert.Equal("""{"n":"é \" 😀"}""", read[0]!["Json"]!.GetValue<string>());
        Assert.Equal(long1, string.Concat(new[] { "Json", "Json2", "Json3" }.Select(p => read[1]![p]!.GetValue<string>())));
    }

    private async Task<JsonNode> AskAsync(string command, object arguments)
    {
        var folder = Path.Combine(AzuriteServer.Repository, "tests", "MlOps.Storage.Tests", "Azure", "Sdk");
        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(folder, "storage-sdk.cjs"));
        using var node = Process.Start(start)!;
        await JsonSerializer.SerializeAsync(node.StandardInput.BaseStream, new
        {
            connectionString = (await AzuriteServer.SharedAsync()).ConnectionString,
            container = _account.Options.Container,
            table = $"{_account.Options.TablePrefix}notes",
            command,
            arguments,
        });
        node.StandardInput.Close();
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode is 0, await errors);
        return JsonNode.Parse(await output) ?? new JsonObject();
    }
}
