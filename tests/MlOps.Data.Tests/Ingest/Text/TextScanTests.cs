using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Data.Ingest;
using MlOps.Data.Ingest.Text;

namespace MlOps.Data.Tests.Ingest.Text;

public sealed class TextScanTests
{
    /// <summary>A stream that gives one byte a read, so that every sequence is cut somewhere.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }

    [Fact]
    public void Valid_text_is_accepted_and_hashed_however_it_is_cut() => Prop.ForAll<string>(text =>
    {
        var bytes = Encoding.UTF8.GetBytes((text ?? "").Replace('\0', ' '));
        var hash = new TextScan("x", long.MaxValue).Run(new Trickle(bytes), default);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), hash);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("123\n1234\n12", 4, 0)]
    [InlineData("123\n12345\n12", 4, 2)]
    [InlineData("123\n12\n12345", 4, 3)]
    public void A_line_beyond_the_limit_is_named_however_the_text_is_cut(string text, int limit, long line)
    {
        foreach (var stream in new Stream[] { new MemoryStream(Encoding.UTF8.GetBytes(text)), new Trickle(Encoding.UTF8.GetBytes(text)) })
        {
            var scan = new TextScan("x", limit);
            if (line == 0) scan.Run(stream, default);
            else Assert.Equal(line, Assert.Throws<DatasetFileException>(() => scan.Run(stream, default)).Line);
        }
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0x80 }, "byte 0x80 at offset 2", 2)]
    [InlineData(new byte[] { (byte)'a', 0xE2, 0x82 }, "byte 0xE2 at offset 1", 1)]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "byte 0xED at offset 0", 1)]
    [InlineData(new byte[] { (byte)'\n', (byte)'\n', 0 }, "NUL byte at offset 2", 3)]
    public void Invalid_bytes_are_named_however_the_text_is_cut(byte[] bytes, string problem, long line)
    {
        foreach (var stream in new Stream[] { new MemoryStream(bytes), new Trickle(bytes) })
        {
            var error = Assert.Throws<DatasetFileException>(() => new TextScan("x", long.MaxValue).Run(stream, default));
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
            Assert.Equal(line, error.Line);
        }
    }
}
