using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Azure.Blobs;

/// <summary>A page of a list.</summary>
/// <param name="Blobs">The blobs.</param>
/// <param name="NextMarker">For the next page; <see langword="null"/> at the end.</param>
internal sealed record BlobPage(IReadOnlyList<BlobInfo> Blobs, string? NextMarker)
{
    /// <summary>No blobs.</summary>
    public static BlobPage Empty { get; } = new([], null);
}

/// <summary>A key with which an identity signs for others.</summary>
internal sealed record UserDelegationKey(string ObjectId, string TenantId, string Start, string Expiry, string Service, string Version, byte[] Value);

/// <summary>The XML of the blob service. What is read is bounded, and no document may name another.</summary>
internal static class BlobXml
{
    /// <summary>A page of 5,000 names of 1,024 characters has some 10 million.</summary>
    private const long MostCharacters = 64L * 1024 * 1024;

    public static byte[] WriteBlockList(IReadOnlyList<string> blockIds) =>
        Encoding.UTF8.GetBytes(new XElement("BlockList", blockIds.Select(id => new XElement("Latest", id))).ToString(SaveOptions.DisableFormatting));

    public static byte[] WriteKeyInfo(DateTimeOffset from, DateTimeOffset until) =>
        Encoding.UTF8.GetBytes(new XElement("KeyInfo", new XElement("Start", TimeOf(from)), new XElement("Expiry", TimeOf(until))).ToString(SaveOptions.DisableFormatting));

    /// <summary>A time as signatures have it: whole seconds, UTC.</summary>
    public static string TimeOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <exception cref="IOException">The answer is no list.</exception>
    public static BlobPage ReadPage(Stream xml)
    {
        var root = Read(xml, "EnumerationResults");
        var blobs = root.Element("Blobs")?.Elements("Blob").Select(ReadBlob).ToList() ?? [];
        return new BlobPage(blobs, root.Element("NextMarker")?.Value is { Length: > 0 } marker ? marker : null);
    }

    /// <exception cref="IOException">The answer is no key.</exception>
    public static UserDelegationKey ReadKey(Stream xml)
    {
        var root = Read(xml, "UserDelegationKey");
        string Of(string name) => root.Element(name)?.Value ?? throw new IOException($"Storage gave a user delegation key without {name}.");
        return new(Of("SignedOid"), Of("SignedTid"), Of("SignedStart"), Of("SignedExpiry"), Of("SignedService"), Of("SignedVersion"), Convert.FromBase64String(Of("Value")));
    }

    private static BlobInfo ReadBlob(XElement blob)
    {
        var name = blob.Element("Name")!;
        var properties = blob.Element("Properties")!;
        return new BlobInfo(
            // Names with characters that XML has not are escaped, and say so.
            name.Attribute("Encoded")?.Value is "true" ? Uri.UnescapeDataString(name.Value) : name.Value,
            (long?)properties.Element("Content-Length") ?? 0,
            properties.Element("Etag")!.Value.Trim('"'),
            DateTimeOffset.Parse(properties.Element("Last-Modified")!.Value, CultureInfo.InvariantCulture));
    }

    private static XElement Read(Stream xml, string expected)
    {
        try
        {
            using var reader = XmlReader.Create(xml, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MostCharacters });
            var root = XElement.Load(reader, LoadOptions.PreserveWhitespace);
            return root.Name == expected ? root : throw new IOException($"Storage answered with <{root.Name}> where <{expected}> was expected.");
        }
        catch (XmlException e)
        {
            throw new IOException($"Storage answered with something that is no <{expected}>: {e.Message}", e);
        }
    }
}
