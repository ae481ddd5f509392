using System.Security.Cryptography;
using System.Text;

namespace MlOps.Storage.Tests.Azure;

/// <summary>An account's shared access signature for everything, as an administrator would make it in the portal.</summary>
internal static class AccountSignature
{
    public static string Create(string account, string key)
    {
        const string version = "2021-12-02";
        var expiry = DateTime.UtcNow.AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        var text = string.Join('\n', account, "rwdlacuiftx", "bt", "sco", "", expiry, "", "https,http", version, "", "");
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key), Encoding.UTF8.GetBytes(text)));
        return $"sv={version}&ss=bt&srt=sco&sp=rwdlacuiftx&se={Uri.EscapeDataString(expiry)}&spr={Uri.EscapeDataString("https,http")}&sig={Uri.EscapeDataString(signature)}";
    }
}
