using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;

namespace MlOps.Storage.Tests.Local;

/// <summary>A process that writes until it is killed, and says what was acknowledged. The test assembly is its own program.</summary>
public static class KilledWriter
{
    /// <summary>Blobs that it writes in turn.</summary>
    public const int Blobs = 3;

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments[0] is "secret") return ReadSecret(arguments[1]);
        var (home, first) = (arguments[0], int.Parse(arguments[1], CultureInfo.InvariantCulture));
        var blobs = new LocalBlobStore(home, new LocalBlobStoreOptions { ReservedPrefixes = ["system/"] }, TimeProvider.System);
        using var tables = new LocalTableStore(Path.Combine(home, "system", "tables.db"));
        await using var acknowledged = Console.OpenStandardOutput();
        for (var i = first; ; i++)
        {
            await blobs.TryWriteAsync(NameOf(i), ContentOf(i), WriteCondition.None, default);
            await tables.TryWriteAsync("counters", "p", "r", $$"""{"n":{{i}}}""", WriteCondition.None, default);
            await acknowledged.WriteAsync(Encoding.UTF8.GetBytes($"{i}\n"));
        }
    }

    /// <summary>Waits for a word, then reads or makes a secret and says what it is.</summary>
    private static int ReadSecret(string path)
    {
        Console.WriteLine("ready");
        Console.ReadLine();
        Console.WriteLine(Convert.ToHexString(SecretFile.ReadOrMake(path, () => RandomNumberGenerator.GetBytes(32))));
        return 0;
    }

    public static string NameOf(int i) => $"models/{i % Blobs}/model.onnx";

    /// <summary>The number, then a body that only this number has: any part of another write would show.</summary>
    public static byte[] ContentOf(int i)
    {
        var content = new byte[1000 + i % 17 * 20_000];
        content.AsSpan().Fill((byte)('a' + i % 26));
        Encoding.UTF8.GetBytes($"{i}\n").CopyTo(content, 0);
        return content;
    }
}
