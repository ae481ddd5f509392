using System.Security.Cryptography;

namespace MlOps.Storage.Tests.Azure;

/// <summary>Alone, since it looks at what the whole process allocates.</summary>
[CollectionDefinition("measures the process", DisableParallelization = true)]
public sealed class MeasuresTheProcess;

[Collection("measures the process")]
public sealed class LargeBlobTests : IAsyncLifetime
{
    private const int Megabytes = 96;
    private AzureAccount _account = null!;

    public async Task InitializeAsync() => _account = await AzureAccount.CreateAsync();

    public async Task DisposeAsync() => await _account.DisposeAsync();

    [Fact]
    public async Task A_large_file_goes_up_and_comes_down_without_being_in_memory()
    {
        using var folder = new TemporaryFolder();
        byte[] hash;
        await using (var file = File.Create(folder["large"]))
        {
            var block = new byte[1024 * 1024];
            for (var i = 0; i < Megabytes; i++)
            {
                Random.Shared.NextBytes(block);
                await file.WriteAsync(block);
            }
            file.Position = 0;
            hash = await SHA256.HashDataAsync(file);
        }

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await _account.Blobs.UploadAsync(folder["large"], "models/m/large", default);
        byte[] downloaded;
        using (var local = await _account.Blobs.AsLocalFileAsync("models/m/large", default))
        await using (var file = File.OpenRead(local.Path))
            downloaded = await SHA256.HashDataAsync(file);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.Equal(hash, downloaded);
        Assert.True(allocated < 24 * 1024 * 1024, $"{allocated / 1024 / 1024} MiB were allocated for {Megabytes} MiB");
    }
}
