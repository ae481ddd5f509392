using System.Runtime.InteropServices;

namespace MlOps.Data.Native;

/// <summary>An open database.</summary>
internal sealed class DatabaseHandle() : SafeHandle(0, ownsHandle: true)
{
    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbLibrary.duckdb_close(ref handle);
        return true;
    }
}

/// <summary>A connection to a database.</summary>
internal sealed class ConnectionHandle() : SafeHandle(0, ownsHandle: true)
{
    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbLibrary.duckdb_disconnect(ref handle);
        return true;
    }
}

/// <summary>A prepared statement, or what holds the error of one that could not be prepared.</summary>
internal sealed class StatementHandle() : SafeHandle(0, ownsHandle: true)
{
    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbLibrary.duckdb_destroy_prepare(ref handle);
        return true;
    }
}
