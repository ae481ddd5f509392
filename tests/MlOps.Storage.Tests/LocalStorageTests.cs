using Microsoft.Extensions.DependencyInjection;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Tests;

public class LocalStorageTests
{
    private sealed record Note(string Text, double Value);

    [Fact]
    public async Task A_home_folder_holds_blobs_and_tables_that_do_not_see_each_other()
    {
        using var folder = new TemporaryFolder();
        await using var services = new ServiceCollection().AddLocalStorage(folder["home"]).BuildServiceProvider();
        var (blobs, tables) = (services.GetRequiredService<IBlobStore>(), services.GetRequiredService<ITableStore>());
        await tables.WriteJsonAsync("notes", "p", "r", new Note("table", 1), default);
        await blobs.WriteJsonAsync("notes/1.json", new Note("blob", double.NaN), default);

        var names = new List<string>();
        await foreach (var info in blobs.ListAsync("", default)) names.Add(info.Name);
        Assert.Equal(["notes/1.json"], names);
        Assert.Equal(new Note("blob", double.NaN), await blobs.ReadJsonAsync<Note>("notes/1.json", default));
        Assert.Equal(new Note("table", 1), await tables.ReadJsonAsync<Note>("notes", "p", "r", default));
    }

    [Fact]
    public async Task The_first_of_two_creators_of_a_document_wins()
    {
        using var folder = new TemporaryFolder();
        await using var services = new ServiceCollection().AddLocalStorage(folder.Path).BuildServiceProvider();
        var (blobs, tables) = (services.GetRequiredService<IBlobStore>(), services.GetRequiredService<ITableStore>());
        Assert.Equal("first", (await blobs.CreateOrReadJsonAsync("n.json", new Note("first", 1), default)).Text);
        Assert.Equal("first", (await blobs.CreateOrReadJsonAsync("n.json", new Note("second", 2), default)).Text);
        Assert.Equal("first", (await tables.CreateOrReadJsonAsync("notes", "p", "r", new Note("first", 1), default)).Text);
        Assert.Equal("first", (await tables.CreateOrReadJsonAsync("notes", "p", "r", new Note("second", 2), default)).Text);
    }

    [Fact]
    public async Task What_is_absent_or_no_such_document_is_told_with_its_place()
    {
        using var folder = new TemporaryFolder();
        await using var services = new ServiceCollection().AddLocalStorage(folder.Path).BuildServiceProvider();
        var (blobs, tables) = (services.GetRequiredService<IBlobStore>(), services.GetRequiredService<ITableStore>());
        Assert.Null(await blobs.TryReadJsonAsync<Note>("n.json", default));
        Assert.Null(await tables.TryReadJsonAsync<Note>("notes", "p", "r", default));
        await Assert.ThrowsAsync<BlobNotFoundException>(() => blobs.ReadJsonAsync<Note>("n.json", default));
        Assert.Contains("notes/p/r", (await Assert.ThrowsAsync<TableRowNotFoundException>(() => tables.ReadJsonAsync<Note>("notes", "p", "r", default))).Message, StringComparison.Ordinal);
        foreach (var content in new[] { "", "null", "{\"text\":5}", "{\"text\":" })
        {
            await blobs.TryWriteAsync("n.json", System.Text.Encoding.UTF8.GetBytes(content), WriteCondition.None, default);
            Assert.Equal("n.json", (await Assert.ThrowsAsync<StoredDocumentException>(() => blobs.TryReadJsonAsync<Note>("n.json", default))).Place);
        }
        await tables.TryWriteAsync("notes", "p", "r", "{\"value\":\"x\"}", WriteCondition.None, default);
        await Assert.ThrowsAsync<StoredDocumentException>(() => tables.ReadJsonAsync<Note>("notes", "p", "r", default));
    }
}
