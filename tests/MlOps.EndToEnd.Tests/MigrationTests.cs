using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>A model moves from one installation into a storage account, and from there into another installation.</summary>
public sealed class MigrationTests
{
    [Fact]
    public async Task A_model_moves_from_a_local_home_to_Azure_and_back_with_its_lineage_and_its_log()
    {
        await using var azure = await AzureInstallation.CreateAsync();
        using var workflows = new Workflows();
        workflows.WriteShop("shop");
        using var first = new Installation(workflows.Root);
        using var second = new Installation(workflows.Root);
        var data = Path.Combine(workflows.Root, "visits.csv");
        await File.WriteAllTextAsync(data, Workflows.Visits());
        (await first.RunAsync("run", "shop", "--data", data, "--json")).Expect(0);

        var (tar, folder) = (Path.Combine(workflows.Root, "shop.tar"), Path.Combine(workflows.Root, "shop-bundle"));
        var exported = (await first.RunAsync("export", tar, "--json")).Expect(0).Json;
        (await azure.Local.RunAsync("import", tar, "--json")).Expect(0);
        var there = (await azure.Local.RunAsync("export", folder, "--json")).Expect(0).Json;
        var back = (await second.RunAsync("import", folder, "--json")).Expect(0).Json;

        foreach (var part in new[] { "datasets", "models", "runs" })
        {
            var hash = HashOf(exported, part);
            Assert.Equal((hash, hash), (HashOf(there, part), HashOf(back, part)));
        }
        Assert.Equal("appended", back.GetProperty("audit").GetString());
        var models = (await second.RunAsync("models", "--json")).Expect(0).Json.GetProperty("models");
        Assert.Equal(["shop 1 deployed"], models.EnumerateArray().Select(m => $"{m.GetProperty("name")} {m.GetProperty("version")} {m.GetProperty("stage")}"));

        // What exists is not overwritten; what was changed is refused by name.
        Assert.Contains("exists already", (await first.RunAsync("export", tar)).Expect(2).Errors, StringComparison.Ordinal);
        await File.AppendAllTextAsync(Path.Combine(folder, "blobs/models/shop/1/model.onnx"), "x");
        using var third = new Installation(workflows.Root);
        var refused = (await third.RunAsync("import", folder)).Expect(2);
        Assert.Contains("models/shop/1/model.onnx' was changed", refused.Errors, StringComparison.Ordinal);
        CommandOutput.HasNoStackTrace(refused.Errors);
        Assert.Empty(Directory.EnumerateFiles(workflows.Root, "*.part*"));
        (await third.RunAsync("import", Path.Combine(workflows.Root, "none.tar"))).Expect(2);
    }

    private static string HashOf(JsonElement result, string part) =>
        result.GetProperty("parts").EnumerateArray().Single(p => p.GetProperty("name").GetString() == part).GetProperty("sha256").GetString()!;
}
