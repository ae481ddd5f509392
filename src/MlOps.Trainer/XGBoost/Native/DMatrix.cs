namespace MlOps.Trainer.XGBoost.Native;

/// <summary>A dense matrix with labels, copied into XGBoost.</summary>
internal sealed unsafe class DMatrix : IDisposable
{
    /// <summary>Copies rows and labels.</summary>
    /// <param name="values">Shape [rows, columns] row by row; NaN where missing.</param>
    /// <param name="columns">Columns, at least 1.</param>
    /// <param name="labels">Shape [rows], or empty.</param>
    /// <param name="threads">Threads for the copy.</param>
    /// <exception cref="XGBoostException">A value is infinite, or XGBoost is out of memory.</exception>
    public DMatrix(ReadOnlySpan<float> values, int columns, ReadOnlySpan<float> labels, int threads)
    {
        Rows = values.Length / columns;
        fixed (float* data = values)
        {
            XGBoostCall.Check("reading the matrix",
                XGBoostLibrary.CreateMatrix(data, (ulong)Rows, (ulong)columns, float.NaN, out var handle, threads));
            Handle = handle;
        }
        if (labels.IsEmpty) return;
        fixed (float* data = labels)
            XGBoostCall.Check("reading the labels", XGBoostLibrary.SetFloatInfo(Handle, "label", data, (ulong)labels.Length));
    }

    public int Rows { get; }

    public DMatrixHandle Handle { get; }

    public void Dispose() => Handle.Dispose();
}
