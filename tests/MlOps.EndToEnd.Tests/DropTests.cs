using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>What may be dropped besides plain files: folders, pictures, other encodings.</summary>
public sealed class DropTests(BadInputTests.UpAndRunning up) : IClassFixture<BadInputTests.UpAndRunning>
{
    private const string Pictures = """
        name: sky
        owner: sky@example.com
        data:
          columns:
            path: { type: string, required: true }
            label: { type: string, required: true, values: [day, night] }
            brightness: { type: double, min: 0, max: 255 }
            contrast: { type: double, min: 0 }
          checks:
            - { check: rows, min: 60 }
            - { check: unique, columns: [path] }
        features:
          label: { name: night, sql: "label = 'night'" }
          inputs: { brightness: {}, contrast: {} }
          split: { by: random, test: 0.3, validation: 0.2 }
        training:
          search: { trials: 1, parallel: 1, maximize: auc }
          trainers: [ { trainer: xgboost, rounds: 5, max_depth: 2 } ]
        """;

    [Fact]
    public async Task A_folder_of_pictures_becomes_a_dataset_and_a_model_that_answers()
    {
        up.Workflows.Write("sky", Pictures);
        var random = new Random(7);
        var photos = Path.Combine(up.Workflows.Root, "photos");
        for (var i = 0; i < 100; i++)
        {
            var (label, light) = i % 2 is 0 ? ("day", 170) : ("night", 40);
            Directory.CreateDirectory(Path.Combine(photos, label));
            await File.WriteAllBytesAsync(Path.Combine(photos, label, $"{i:000}.png"), GreyPicture(_ => (byte)(light + random.Next(-30, 31))));
        }
        await File.WriteAllBytesAsync(Path.Combine(photos, "day", "broken.png"), GreyPicture(_ => 100)[..44]);
        await File.WriteAllTextAsync(Path.Combine(photos, ".DS_Store"), "a note of the file manager");

        var ended = (await up.Installation.RunAsync("run", "sky", "--data", photos, "--json")).Expect(0).Json;
        Assert.Equal("released", ended.GetProperty("status").GetString());
        Assert.Equal((100, 1), (ended.GetProperty("dataset").GetProperty("rows").GetInt32(), ended.GetProperty("dataset").GetProperty("quarantined").GetInt32()));
        Assert.Empty(Directory.EnumerateFiles(up.Installation.PathOf("incoming/sky"), "*", SearchOption.AllDirectories));

        // The same folder again, with one picture more: one new version, and nothing is lost between the two.
        await File.WriteAllBytesAsync(Path.Combine(photos, "day", "more.png"), GreyPicture(_ => 180));
        var again = (await up.Installation.RunAsync("run", "sky", "--data", photos, "--json")).Expect(0).Json;
        Assert.Equal(101, again.GetProperty("dataset").GetProperty("rows").GetInt32());
    }

    [Fact]
    public async Task Delimiter_encoding_and_compression_are_taken_as_declared()
    {
        up.Workflows.WriteShop("declared", data: """files: { delimiter: "~", quote: "'", encoding: windows-1252, comment: "#" }""");
        var text = "# exported on Monday\n" + Workflows.Visits().Replace(',', '~').Replace("Kraków", "'Zürich'", StringComparison.Ordinal).Replace("東京", "São Paulo", StringComparison.Ordinal);
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) await gzip.WriteAsync(Encoding.Latin1.GetBytes(text));
        up.Installation.Drop("declared", "visits.csv.gz", packed.ToArray());

        var run = await up.Server.EndOfRunAsync("declared");
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Equal((400, 0), (run.GetProperty("dataset").GetProperty("rows").GetInt32(), run.GetProperty("dataset").GetProperty("quarantined").GetInt32()));
    }

    [Fact]
    public async Task A_broken_line_of_json_is_set_apart_and_its_file_is_not()
    {
        up.Workflows.WriteShop("json-lines");
        var lines = Workflows.Visits().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l.Split(','))
            .Select(f => $$"""{"age":{{f[0]}},"city":{{JsonSerializer.Serialize(f[1])}},"bought":{{f[2]}}}""").ToList();
        lines.Insert(17, """{"age":40,"city":"Mdi""");
        up.Installation.Drop("json-lines", "visits.jsonl", string.Join('\n', lines));

        var run = await up.Server.EndOfRunAsync("json-lines");
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Equal((400, 1), (run.GetProperty("dataset").GetProperty("rows").GetInt32(), run.GetProperty("dataset").GetProperty("quarantined").GetInt32()));
    }

    /// <summary>A grey PNG of 16 by 16, without checksums, which are not looked at.</summary>
    private static byte[] GreyPicture(Func<int, byte> pixel)
    {
        using var rows = new MemoryStream();
        using (var zlib = new ZLibStream(rows, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < 16; y++)
            {
                zlib.WriteByte(0);
                for (var x = 0; x < 16; x++) zlib.WriteByte(pixel(16 * y + x));
            }
        }
        return [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR"u8, [0, 0, 0, 16, 0, 0, 0, 16, 8, 0, 0, 0, 0]), .. Chunk("IDAT"u8, rows.ToArray()), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        return [.. length, .. type, .. content, 0, 0, 0, 0];
    }
}
