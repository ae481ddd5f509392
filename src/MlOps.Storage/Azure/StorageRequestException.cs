namespace MlOps.Storage.Azure;

/// <summary>Azure Storage did not do what it was asked for, after every retry.</summary>
public sealed class StorageRequestException : IOException
{
    internal StorageRequestException(string operation, string address, int status, string code, string reason, Exception? cause)
        : base($"Storage did not do {operation} at {address}: {(status is 0 ? "" : $"{status} ")}{code}{(reason.Length is 0 || reason == code ? "" : $" ({reason})")}. {RemedyOf(status, code)}".TrimEnd(), cause) =>
        (Operation, Address, Status, Code) = (operation, address, status, code);

    /// <summary>What was asked for: <c>blob.put</c>.</summary>
    public string Operation { get; }

    /// <summary>Where, without a query.</summary>
    public string Address { get; }

    /// <summary>The HTTP status; 0: no answer came.</summary>
    public int Status { get; }

    /// <summary>The service's name of the error: <c>LeaseIdMissing</c>.</summary>
    public string Code { get; }

    private static string RemedyOf(int status, string code) => (status, code) switch
    {
        (0, "AuthenticationFailed") => "No identity could prove who asks: set Storage:ClientId to the identity's, or sign in.",
        (0, _) => "Check the network, and the account's name in Storage:Account or Storage:ConnectionString.",
        (401 or 403, _) => "Give the identity the roles Storage Blob Data Contributor and Storage Table Data Contributor, and check the account's firewall.",
        (412, "LeaseIdMissing") => "Somebody holds a lease on it; wait until it is given back.",
        (413, _) => "Store less at once.",
        (429 or 500 or 503, _) => "The account is overloaded or out of service; try again later.",
        _ => "",
    };
}
