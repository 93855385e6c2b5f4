Attribute VB_Name = "LushaMacros"
Option Explicit

' What the buttons, the ribbon and Alt+F8 start. Each Sub hands over to Python and returns; no logic lives here.
' No conditional compilation in this module: the checks run these Subs in LibreOffice, whose Basic has none.

Private Const PY_MODULE As String = "addin.macros"
Private Const NOT_SET_UP As String = "(not set up)"

Public Sub EnrichPhones()
    CallPython "enrich_phones"
End Sub

Public Sub EnrichEmails()
    CallPython "enrich_emails"
End Sub

Public Sub EnrichBoth()
    CallPython "enrich_both"
End Sub

Public Sub StopRun()
    CallPython "stop"
End Sub

Public Sub UndoLastRun()
    CallPython "undo_last_run"
End Sub

Public Sub ManageKeys()
    CallPython "manage_keys"
End Sub

Public Function PythonCommand(ByVal pyFunction As String) As String
    PythonCommand = "import " & PY_MODULE & "; " & PY_MODULE & "." & pyFunction & "()"
End Function

' The shipped file names no interpreter; "lusha-enrich excel install" writes a copy that does.
Private Function IsSetUp() As Boolean
    IsSetUp = GetConfig("INTERPRETER_WIN", "", "sheet") <> NOT_SET_UP Or GetConfig("INTERPRETER_MAC", "", "sheet") <> NOT_SET_UP
End Function

Private Sub CallPython(ByVal pyFunction As String)
    On Error GoTo failed
    If Not IsSetUp() Then
        MsgBox "This copy is not set up yet. Run: lusha-enrich excel install", vbInformation, "LushaEnrich"
        Exit Sub
    End If
    Application.StatusBar = "LushaEnrich: starting..."
    RunPython PythonCommand(pyFunction)
    Application.StatusBar = False
    Exit Sub
failed:
    Application.StatusBar = False
    MsgBox "LushaEnrich could not start Python (" & Err.Description & ")." & vbCrLf & "Without macros it works too: lusha-enrich excel enrich", vbExclamation, "LushaEnrich"
End Sub
