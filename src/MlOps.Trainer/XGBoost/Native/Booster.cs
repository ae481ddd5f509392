using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Trainer.XGBoost.Native;

/// <summary>A model under training.</summary>
internal sealed unsafe class Booster : IDisposable
{
    private readonly BoosterHandle _handle;

    /// <summary>A model whose predictions for these matrices are kept between rounds, so that a further round costs one tree.</summary>
    public Booster(params ReadOnlySpan<DMatrix> matrices)
    {
        // The library writes to standard output, where our progress goes.
        XGBoostCall.Check("start", XGBoostLibrary.RegisterLogCallback(&WriteLog));
        var handles = stackalloc nint[matrices.Length];
        for (var i = 0; i < matrices.Length; i++) handles[i] = matrices[i].Handle.DangerousGetHandle();
        XGBoostCall.Check("start", XGBoostLibrary.CreateBooster(handles, (ulong)matrices.Length, out _handle));
        foreach (var matrix in matrices) GC.KeepAlive(matrix);
    }

    /// <summary>Sets one parameter; its value is checked by <see cref="Configure"/>.</summary>
    public void Set(string name, string value) =>
        XGBoostCall.Check($"parameter {name}", XGBoostLibrary.SetParameter(_handle, name, value));

    /// <summary>Makes XGBoost read its parameters.</summary>
    /// <exception cref="XGBoostException">A value is not one that the parameter can have.</exception>
    public void Configure() => XGBoostCall.Check("parameters", XGBoostLibrary.SaveConfiguration(_handle, out _, out _));

    /// <summary>Trains one more round.</summary>
    /// <param name="round">Its number, from 0.</param>
    /// <param name="training">Rows and labels.</param>
    public void Update(int round, DMatrix training) =>
        XGBoostCall.Check($"round {round + 1}", XGBoostLibrary.UpdateOneRound(_handle, round, training.Handle));

    /// <summary>What the model answers: probabilities or values, shape [rows, outputs].</summary>
    /// <param name="matrix">The rows.</param>
    /// <param name="rounds">Only the first rounds of a tree model; 0: all.</param>
    public float[] Predict(DMatrix matrix, int rounds = 0)
    {
        var config = $$"""{"type":0,"training":false,"iteration_begin":0,"iteration_end":{{rounds}},"strict_shape":true}""";
        XGBoostCall.Check("prediction", XGBoostLibrary.Predict(_handle, matrix.Handle, config, out var shape, out var dimensions, out var result));
        var length = 1UL;
        for (var d = 0UL; d < dimensions; d++) length *= shape[d];
        return new ReadOnlySpan<float>(result, checked((int)length)).ToArray();
    }

    /// <summary>The model as XGBoost's JSON document, UTF-8.</summary>
    public byte[] SaveJson()
    {
        XGBoostCall.Check("saving the model", XGBoostLibrary.SaveModel(_handle, """{"format":"json"}""", out var length, out var buffer));
        return new ReadOnlySpan<byte>(buffer, checked((int)length)).ToArray();
    }

    public void Dispose() => _handle.Dispose();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void WriteLog(byte* message) => Console.Error.WriteLine(Marshal.PtrToStringUTF8((nint)message)?.TrimEnd());
}
