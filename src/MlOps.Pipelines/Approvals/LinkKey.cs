using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MlOps.Storage.Local;

namespace MlOps.Pipelines.Approvals;

/// <summary>The key of this installation that signs links and forms. It never leaves this class.</summary>
public sealed class LinkKey
{
    private const int Length = 32;
    private readonly Lazy<byte[]> _key;

    /// <summary>Takes the key from where the options say; without either place, links end with the process.</summary>
    public LinkKey(IOptions<ApprovalOptions> options)
    {
        Lasts = options.Value is { LinkKey.Length: > 0 } or { LinkKeyFile.Length: > 0 };
        _key = new(() => options.Value switch
        {
            { LinkKey: { Length: > 0 } text } => Convert.FromBase64String(text),
            { LinkKeyFile: { Length: > 0 } path } => ReadOrMake(path),
            _ => RandomNumberGenerator.GetBytes(Length),
        });
    }

    /// <summary>Whether the key is there after a restart, and in every process that serves the system: only then links can be sent.</summary>
    public bool Lasts { get; }

    /// <summary>HMAC-SHA256 over a text.</summary>
    /// <param name="purpose">What is signed: a signature for one purpose is none for another.</param>
    /// <param name="text">The text.</param>
    public byte[] Sign(string purpose, string text) => HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes($"{purpose}\n{text}"));

    /// <summary>Whether a signature is the right one, in the same time whatever it is.</summary>
    public bool IsSigned(string purpose, string text, ReadOnlySpan<byte> signature) => CryptographicOperations.FixedTimeEquals(Sign(purpose, text), signature);

    /// <summary>Whether a setting holds a key.</summary>
    internal static bool IsKey(string text) => Convert.TryFromBase64String(text, new byte[text.Length], out var length) && length >= Length;

    private static byte[] ReadOrMake(string path) =>
        SecretFile.ReadOrMake(path, () => RandomNumberGenerator.GetBytes(Length)) is { Length: Length } found
            ? found
            : throw new SecretFileException(path, $"it does not hold {Length} bytes", "Restore it from a backup, or delete it: links that were sent with the old key then end.");
}
