namespace MlOps.Benchmarks.Azure;

/// <summary>Public list prices in US dollars, East US, pay as you go, as noted in docs/COST.md: assumptions, to be replaced by those of the own contract.</summary>
internal static class ListPrices
{
    /// <summary>A write, list or create of Blob Storage (general purpose v2, hot, locally redundant).</summary>
    public const double BlobWrite = 0.05 / 10_000;

    /// <summary>A read, or any other request, of Blob Storage.</summary>
    public const double BlobRead = 0.004 / 10_000;

    /// <summary>Any request of Table Storage.</summary>
    public const double Table = 0.00036 / 10_000;

    /// <summary>One GB of memory for one second of a function (Flex Consumption, on demand).</summary>
    public const double FunctionGigabyteSecond = 0.000026;

    /// <summary>Memory of a function's instance, in GB.</summary>
    public const double FunctionGigabytes = 2;

    /// <summary>One minute of Standard_NC4as_T4_v3.</summary>
    public const double GpuMinute = 0.526 / 60;

    /// <summary>What a request costs; deletions cost nothing.</summary>
    public static double Of(string operation) => operation switch
    {
        "blob.delete" => 0,
        "blob.put" or "blob.putblock" or "blob.putblocklist" or "blob.copy" or "blob.list" or "container.create" => BlobWrite,
        _ when operation.StartsWith("blob.", StringComparison.Ordinal) => BlobRead,
        _ => Table,
    };
}
